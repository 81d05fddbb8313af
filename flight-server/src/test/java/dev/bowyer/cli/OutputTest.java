package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.engine.datafusion.TpchGenerator;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Where the rows of `sql` go, by a process with a standard output of its own.
@Timeout(120)
final class OutputTest {
    private static final String FAILS_MIDWAY = "SELECT l_orderkey, 1 / (l_orderkey - 58977) AS x FROM lineitem";

    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init") // set before each test
    private static LocalServer server;

    @BeforeAll
    static void start() {
        TpchGenerator.generate(0.01, folder.resolve("tpch"), 2);
        server = LocalServer.of("lineitem=" + folder.resolve("tpch/lineitem.parquet"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void standardOutputIsAppendedToAndNotCut() throws Exception {
        Path out = Files.writeString(folder.resolve("appended.csv"), "KEEP\n");
        assertThat(sql(Redirect.appendTo(out.toFile()), "SELECT 1 AS n", "--format", "csv"))
                .isZero();
        assertThat(out).hasContent("KEEP\nn\n1\n");
    }

    @Test
    void standardOutputMayBeAPipe() throws Exception {
        ProcessBuilder command = command("SELECT 1 AS n", "--format", "ndjson");
        Process process = command.redirectError(Redirect.DISCARD).start();
        assertThat(process.inputReader().readLine()).isEqualTo("{\"n\":1}");
        assertThat(exitCode(process)).isZero();
    }

    @Test
    void queryThatFailsMidwayLeavesAnExistingFile() throws Exception {
        for (String ending : List.of("csv", "parquet", "json")) {
            Path file = Files.writeString(folder.resolve("existing." + ending), "KEEP");
            assertThat(sql(Redirect.DISCARD, FAILS_MIDWAY, "-o", file.toString()))
                    .isEqualTo(ExitCode.FAILED);
            assertThat(file).hasContent("KEEP");
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .noneMatch(name -> name.startsWith(".existing"));
        }
    }

    @Test
    void hostsWithAnUnderscoreAreLookedUp() throws Exception {
        Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 my_server\n");
        String uri = server.uri().toString().replace("127.0.0.1", "my_server");
        Path out = folder.resolve("underscore.csv");
        List<String> command =
                ServerProcess.command(List.of("-Djdk.net.hosts.file=" + hosts), "datasets", "--json", "--uri", uri);
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(out.resolveSibling("err").toFile())
                .start();
        assertThat(exitCode(process)).isZero();
        assertThat(out).content().contains("\"name\":\"lineitem\"");
    }

    private static int sql(Redirect out, String... args) throws IOException, InterruptedException {
        return exitCode(command(args)
                .redirectOutput(out)
                .redirectError(folder.resolve("err").toFile())
                .start());
    }

    private static ProcessBuilder command(String... args) {
        List<String> command =
                ServerProcess.command(List.of(), "sql", "--uri", server.uri().toString());
        command.addAll(List.of(args));
        return new ProcessBuilder(command);
    }

    private static int exitCode(Process process) throws InterruptedException {
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
