package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The script `bowyer` in a tree of its own, with a Maven, a cargo and JDKs that only say that they were called.
@Timeout(60)
final class LauncherTest {
    private static final Path SCRIPT =
            Path.of(System.getProperty("bowyer.root", "..")).resolve("bowyer");

    @TempDir
    Path folder;

    private Path tree = Path.of("");
    private Path calls = Path.of("");

    @BeforeEach
    void makeTree() throws IOException {
        tree = Files.createDirectory(folder.resolve("a tree"));
        calls = Files.createFile(folder.resolve("calls"));
        Files.copy(SCRIPT, tree.resolve("bowyer"));
        Files.createDirectories(tree.resolve("flight-server/src/main"));
        for (String path : List.of("proto/src", "flight-client/src/main")) {
            Files.createDirectories(tree.resolve(path));
        }
        for (String path : List.of("pom.xml", "proto/pom.xml", "flight-client/pom.xml", "flight-server/pom.xml")) {
            Files.createFile(tree.resolve(path));
        }
        script(tree.resolve("native/hash.sh"), "echo 1");
        script(tree.resolve("native/cargo.sh"), "echo cargo >>\"$CALLS\"");
        script(folder.resolve("bin/cargo"), "echo cargo >>\"$CALLS\"");
        // As long as it runs, a second one would see no jar.
        script(folder.resolve("bin/mvn"), """
                echo mvn >>"$CALLS"
                sleep 1
                mkdir -p flight-server/target/lib
                echo jar >flight-server/target/flight-server-1.jar""");
        jdk("25", "25.0.1");
        jdk("26", "26");
    }

    @Test
    void twoFirstStartsBuildOnce() throws Exception {
        Process one = start("jdk-25", "version");
        Process other = start("jdk-25", "version");
        assertThat(exitCode(one)).isZero();
        assertThat(exitCode(other)).isZero();
        assertThat(called()).containsOnlyOnce("mvn");
        assertThat(called().stream().filter(call -> call.startsWith("java 25"))).hasSize(2);
        assertThat(tree.resolve("flight-server/target/.build-lock")).doesNotExist();
    }

    @Test
    void lockOfADeadProcessIsTakenOver() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Path lock = Files.createDirectories(tree.resolve("flight-server/target/.build-lock"));
        Files.writeString(lock.resolve("pid"), ended.pid() + "\n");
        assertThat(exitCode(start("jdk-25", "version"))).isZero();
        assertThat(lock).doesNotExist();
    }

    @Test
    void nextBuildLeavesTheJarThatRuns() throws Exception {
        assertThat(exitCode(start("jdk-25", "serve", "x.csv"))).isZero();
        Path running = jar(called().getLast());
        Files.writeString(tree.resolve("flight-server/src/main/New.java"), "x");
        assertThat(exitCode(start("jdk-25", "serve", "x.csv"))).isZero();
        Path next = jar(called().getLast());
        assertThat(called().stream().filter("mvn"::equals)).hasSize(2);
        assertThat(next).isNotEqualTo(running).exists();
        assertThat(running).exists();
    }

    @Test
    void java25GoesBeforeANewerOne() throws Exception {
        Files.createSymbolicLink(folder.resolve("bin/java"), folder.resolve("jdk-25/bin/java"));
        // A real JDK 25 may be found before ours, and it cannot run the jar.
        exitCode(start("jdk-26", "version"));
        assertThat(called()).contains("mvn").noneMatch(call -> call.startsWith("java 26"));
    }

    @Test
    void onlyTheServerIsEndedByTheJvmForWantOfMemory() throws Exception {
        assertThat(exitCode(start("jdk-25", "sql", "SELECT 1"))).isZero();
        assertThat(called().getLast()).doesNotContain("OnOutOfMemoryError");
        assertThat(exitCode(start("jdk-25", "serve"))).isZero();
        assertThat(called().getLast())
                .contains("-XX:+CrashOnOutOfMemoryError")
                .doesNotContain("ExitOnOutOfMemoryError");
    }

    @Test
    void nativeBuildWithAnythingBehindItBuildsNothing() throws Exception {
        for (String more : List.of("--help", "-h", "extra")) {
            assertThat(exitCode(start("jdk-25", "native", "build", more))).isZero();
            assertThat(called()).doesNotContain("cargo");
            assertThat(called().getLast()).endsWith("native build " + more);
        }
    }

    @Test
    void unknownPartOfTheTestsIsRefusedBeforeAnyRuns() throws Exception {
        assertThat(exitCode(start("jdk-25", "test", "java", "clinets"))).isEqualTo(ExitCode.USAGE);
        assertThat(called()).isEmpty();
    }

    @Test
    void helpInsideAStatementIsNoHelp() throws Exception {
        ProcessBuilder process = process("jdk-25", "sql", "SELECT -h");
        process.environment().remove("BOWYER_JAVA_OPTS");
        exitCode(process.start());
        assertThat(called()).contains("cargo");
    }

    @Test
    void homeMayBeUnset() throws Exception {
        ProcessBuilder process = process("jdk-25", "version");
        process.environment().remove("HOME");
        assertThat(exitCode(process.start())).isZero();
    }

    private Process start(String jdk, String... args) throws IOException {
        return process(jdk, args).start();
    }

    private ProcessBuilder process(String jdk, String... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(tree.resolve("bowyer").toString()));
        command.addAll(Arrays.asList(args));
        ProcessBuilder process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(Files.createTempFile(folder, "out", ".txt").toFile());
        process.environment().put("CALLS", calls.toString());
        process.environment().put("JAVA_HOME", folder.resolve(jdk).toString());
        process.environment().put("XDG_CACHE_HOME", folder.resolve("cache").toString());
        process.environment().put("BOWYER_JAVA_OPTS", "-Dbowyer.native.library=/none");
        process.environment().merge("PATH", folder.resolve("bin") + ":", (path, ours) -> ours + path);
        return process;
    }

    private void jdk(String name, String version) throws IOException {
        Path home = folder.resolve("jdk-" + name);
        script(home.resolve("bin/java"), "echo \"java " + name + " $*\" >>\"$CALLS\"");
        script(home.resolve("bin/javac"), "");
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
    }

    private static void script(Path file, String text) throws IOException {
        Files.createDirectories(file.resolveSibling(""));
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private List<String> called() throws IOException {
        try (Stream<String> lines = Files.lines(calls, StandardCharsets.UTF_8)) {
            return lines.toList();
        }
    }

    private static Path jar(String call) {
        return Path.of(call.replaceFirst(".* -jar ", "").replaceFirst("\\.jar .*", ".jar"));
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
