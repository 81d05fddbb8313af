package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TargetFileTest {
    @TempDir
    Path folder;

    @Test
    void aReplacedFilePassesItsPermissionsOn() throws IOException {
        Path file = Files.writeString(folder.resolve("t"), "old");
        for (String permissions : new String[] {"rw-------", "rw-rw-r--"}) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
            write(file, permissions);
            assertThat(file).hasContent(permissions);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                    .isEqualTo(permissions);
        }
    }

    @Test
    void whileItIsWrittenOnlyTheOwnerCanReadIt() {
        TargetFile.write(folder.resolve("t"), temporary -> {
            Path around = temporary.getParent();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(around)))
                    .isEqualTo("rwx------");
            return Files.writeString(temporary, "");
        });
    }

    @Test
    void linksStayLinks() throws IOException {
        Path far = Files.createDirectory(folder.resolve("far"));
        Path file = far.resolve("t");
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("far/t"));
        Path second = Files.createSymbolicLink(folder.resolve("second"), link);
        for (String text : new String[] {"new", "again"}) {
            write(second, text);
            assertThat(file).hasContent(text);
            assertThat(link).isSymbolicLink();
            assertThat(second).isSymbolicLink();
        }
        Path loop = folder.resolve("loop");
        Files.createSymbolicLink(loop, loop);
        assertThatThrownBy(() -> write(loop, "")).isInstanceOfSatisfying(BowyerException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCodes.SINK_FAILED);
            assertThat(e).hasMessageContaining(loop.toString());
        });
    }

    @Test
    void theLongestNameWillDo() throws IOException {
        Path file = folder.resolve("n".repeat(255));
        write(file, "x");
        assertThat(file).hasContent("x");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    private static void write(Path path, String text) {
        TargetFile.write(path, temporary -> Files.writeString(temporary, text));
    }
}
