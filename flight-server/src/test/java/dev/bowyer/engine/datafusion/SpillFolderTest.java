package dev.bowyer.engine.datafusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
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

    @Test
    void takesAwayWhatDeadProcessesLeftAndNothingElse() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        Path left = Files.createDirectories(parent.resolve("bowyer-spill-" + ended.pid() + "-1/query"));
        Path alive = Files.createDirectory(
                parent.resolve("bowyer-spill-" + ProcessHandle.current().pid() + "-1"));
        Path other = Files.createDirectory(parent.resolve("bowyer-spill-mine"));
        Path target = Files.createDirectory(parent.resolve("target"));
        Path kept = Files.writeString(target.resolve("kept"), "x");
        Path link = Files.createSymbolicLink(parent.resolve("bowyer-spill-" + ended.pid() + "-2"), target);
        try (SpillFolder spill = SpillFolder.below(parent)) {
            assertThat(spill.path()).isDirectory();
            assertThat(left.getParent()).doesNotExist();
            assertThat(alive).exists();
            assertThat(other).exists();
            assertThat(link).exists();
            assertThat(kept).exists();
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
