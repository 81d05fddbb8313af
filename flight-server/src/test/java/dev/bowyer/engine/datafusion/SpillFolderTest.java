package dev.bowyer.engine.datafusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpillFolderTest {
    @TempDir
    private Path parent;

    @Test
    void isForItsOwnerAndGoesWithAllThatIsInIt() throws IOException {
        SpillFolder spill = SpillFolder.below(parent.resolve("made"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(spill.path())))
                .isEqualTo("rwx------");
        Files.writeString(Files.createDirectory(spill.path().resolve("query")).resolve("rows"), "x");
        spill.close();
        spill.close();
        assertThat(spill.path()).doesNotExist();
    }

    /// Makes a folder with something in it, says its name, and waits for its end.
    static final class Holder {
        private Holder() {}

        public static void main(String[] args) throws IOException {
            SpillFolder spill = SpillFolder.below(Path.of(args[0]));
            Files.writeString(spill.path().resolve("rows"), "x");
            System.out.println(spill.path());
            System.out.flush();
            System.in.read();
        }
    }

    private Process holder() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Holder.class.getName(),
                        parent.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    @Test
    void takesAwayWhatDeadProcessesLeftAndNothingElse() throws Exception {
        Process killed = holder();
        Process running = holder();
        try (BufferedReader one = killed.inputReader();
                BufferedReader two = running.inputReader()) {
            Path left = Path.of(one.readLine());
            Path used = Path.of(two.readLine());
            killed.toHandle().destroyForcibly();
            killed.waitFor();
            assertThat(left.resolve("rows")).exists();
            Path other = Files.createDirectory(parent.resolve("bowyer-spill-mine"));
            Path target = Files.createDirectory(parent.resolve("target"));
            Path kept = Files.writeString(target.resolve("kept"), "x");
            Path link = Files.createSymbolicLink(parent.resolve("bowyer-spill-linked"), target);
            Files.createFile(parent.resolve("bowyer-spill-linked.lock"));
            Path linkedLock = Files.createSymbolicLink(parent.resolve("bowyer-spill-x.lock"), kept);
            try (SpillFolder first = SpillFolder.below(parent);
                    SpillFolder second = SpillFolder.below(parent)) {
                assertThat(first.path()).isDirectory();
                assertThat(second.path()).isDirectory();
                assertThat(left).doesNotExist();
                assertThat(left.resolveSibling(left.getFileName() + ".lock")).doesNotExist();
                assertThat(used.resolve("rows")).exists();
                assertThat(other).exists();
                assertThat(link).exists();
                assertThat(linkedLock).exists();
                assertThat(kept).exists();
                // Its own locks still hold.
                Process later = holder();
                try (BufferedReader three = later.inputReader()) {
                    assertThat(Path.of(three.readLine())).exists();
                } finally {
                    later.toHandle().destroyForcibly();
                }
                assertThat(first.path()).isDirectory();
                assertThat(second.path()).isDirectory();
            }
        } finally {
            running.toHandle().destroyForcibly();
            running.waitFor();
        }
        SpillFolder.below(parent).close();
        try (var files = Files.list(parent)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(
                            "bowyer-spill-mine", "target", "bowyer-spill-linked", "bowyer-spill-x.lock");
        }
    }

    @Test
    void placeThatCannotBeWrittenIsNamed() throws IOException {
        Path file = Files.writeString(parent.resolve("file"), "x");
        assertThatThrownBy(() -> SpillFolder.below(file))
                .hasMessageContaining(file.toString())
                .satisfies(e -> assertThat(((ServiceException) e).code()).isEqualTo(ErrorCode.INVALID_CONFIG));
    }
}
