package dev.bowyer.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SavedHistoryTest {
    @TempDir
    Path folder;

    @Test
    void fileIsForItsUserOnly() throws IOException {
        Path file = SavedHistory.file(Map.of("XDG_STATE_HOME", folder.toString(), "HOME", "/nowhere"));
        assertThat(file).isEqualTo(folder.resolve("bowyer/history"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(SavedHistory.file(Map.of("XDG_STATE_HOME", folder.toString())))
                .isEqualTo(file);
        assertThat(SavedHistory.file(Map.of("XDG_STATE_HOME", "relative", "HOME", folder.toString())))
                .isEqualTo(folder.resolve(".local/state/bowyer/history"));
    }

    @Test
    void folderThatIsAFileIsAFailure() throws IOException {
        Path file = Files.createFile(folder.resolve("taken"));
        assertThatIOException().isThrownBy(() -> SavedHistory.file(Map.of("XDG_STATE_HOME", file.toString())));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT * FROM t WHERE password = 'x'",
                "CREATE EXTERNAL TABLE t OPTIONS ('aws.secret_access_key' 'x')",
                "SELECT 'Authorization: Bearer x'",
                "SET api_key = 'x'",
                "CREATE EXTERNAL TABLE t LOCATION 'https://h/x.parquet?sv=1&sig=abc'",
                "SELECT * FROM 'https://me:pa55@host/x.csv'",
                "SELECT * FROM 'postgres://me:p/q@host/x'",
                "CREATE USER me IDENTIFIED  BY 'x'",
                "SET pwd = 'x'",
                "SET bearer='x'",
                "SELECT 'AKIAIOSFODNN7EXAMPLE'"
            })
    void secretsAreNotKept(String line) {
        assertThat(SavedHistory.isKept(line)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT a::int, b FROM 'https://host:8080/x.parquet' WHERE mail = 'a@b.org'",
                "SELECT sig, cupwd FROM t WHERE day = '2026-01-31T12:00:00'"
            })
    void otherLinesAreKept(String line) {
        assertThat(SavedHistory.isKept(line)).isTrue();
    }

    @Test
    void fileThatOthersCouldReadIsClosedToThem() throws IOException {
        Path file = Files.createDirectories(folder.resolve("bowyer")).resolve("history");
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-r--r--")));
        SavedHistory.file(Map.of("XDG_STATE_HOME", folder.toString()));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
    }

    @Test
    void whatIsKeptIsInTheFile() throws IOException {
        Path file = SavedHistory.file(Map.of("XDG_STATE_HOME", folder.toString()));
        SavedHistory history = new SavedHistory();
        try (DumbTerminal terminal = new DumbTerminal(InputStream.nullInputStream(), OutputStream.nullOutputStream())) {
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .history(history)
                    .variable(LineReader.HISTORY_FILE, file)
                    .build();
            history.attach(reader);
            history.add(Instant.EPOCH, "SELECT 1\n, 2;");
            history.add(Instant.EPOCH, "SELECT 'my token';");
            history.add(Instant.EPOCH, "x".repeat(SavedHistory.MAX_CHARACTERS + 1));
            history.save();
        }
        assertThat(Files.readString(file)).isEqualTo("0:SELECT 1\\n, 2;\n");
    }
}
