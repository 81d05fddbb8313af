package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParquetSinkTest {
    private static final int SEEDS = 10;

    private final BufferAllocator allocator = new RootAllocator();

    @TempDir
    Path folder;

    @AfterEach
    void empty() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    @Test
    void everyTypeComesBack() throws SQLException {
        List<Field> fields = DuckDbSinkTest.accepted().stream()
                .filter(field -> !field.getName().matches("duration.*|months|month_day_nano"))
                .toList();
        for (int seed = 0; seed < SEEDS; seed++) {
            Path file = folder.resolve("it's " + seed + "'; DROP TABLE t; --.parquet");
            try (MemorySource source = RandomTables.source(allocator, fields, seed, seed % 4, 60);
                    Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
                assertThat(ParquetSink.file(file).read(source)).isEqualTo(source.rows());
                DuckDbOracle.assertSame(connection, from(file), source);
                assertThat(source.open).hasValue(0);
            }
        }
    }

    @Test
    void compressions() throws SQLException {
        Path file = folder.resolve("t.parquet");
        try (MemorySource source = RandomTables.source(allocator, RandomTables.encoded(), 1, 3, 500);
                Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement()) {
            for (ParquetSink.Compression compression : ParquetSink.Compression.values()) {
                ParquetSink.file(file).compression(compression).read(source);
                DuckDbOracle.assertSame(connection, from(file), source);
                try (ResultSet result =
                        statement.executeQuery("SELECT DISTINCT compression FROM parquet_metadata('" + file + "')")) {
                    assertThat(result.next()).isTrue();
                    assertThat(result.getString(1)).isEqualTo(compression.name());
                }
            }
        }
    }

    @Test
    void aResultWithoutRowsKeepsItsColumns() throws SQLException {
        Path file = folder.resolve("t.parquet");
        MemorySource source = MemorySource.of(new Schema(RandomTables.encoded()), List.of());
        assertThat(ParquetSink.file(file).read(source)).isZero();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
            DuckDbOracle.assertSame(connection, from(file), source);
        }
    }

    @Test
    void failuresLeaveNothing() throws IOException {
        Path file = folder.resolve("t.parquet");
        Files.writeString(file, "old");
        BowyerException lost = BowyerException.of(ErrorCodes.UNAVAILABLE, "the server is gone", null);
        try (MemorySource whole = RandomTables.source(allocator, RandomTables.encoded(), 1, 3, 500)) {
            assertThatThrownBy(() -> ParquetSink.file(file).read(whole.failing(lost)))
                    .isSameAs(lost);
            Path nowhere = folder.resolve("no/such/t.parquet");
            assertThatThrownBy(() -> ParquetSink.file(nowhere).read(whole))
                    .isInstanceOfSatisfying(BowyerException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCodes.SINK_FAILED);
                        assertThat(e).hasMessageContaining(nowhere.toString());
                    });
            assertThat(whole.open).hasValue(0);
            assertThat(whole.cancelled).hasValue(1);
        }
        List<Field> refused = RandomTables.flat().stream()
                .filter(field -> field.getName().matches("float_HALF|duration_MICROSECOND"))
                .toList();
        for (Field field : refused) {
            try (MemorySource source = RandomTables.source(allocator, List.of(field), 1, 3, 500)) {
                assertThatThrownBy(() -> ParquetSink.file(file).read(source))
                        .isInstanceOfSatisfying(BowyerException.class, e -> {
                            assertThat(e.code()).isEqualTo(ErrorCodes.TYPE_MISMATCH);
                            assertThat(e).hasMessageContaining("column " + field.getName());
                        });
            }
        }
        assertThat(file).hasContent("old");
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    private static String from(Path file) {
        return "read_parquet('" + file.toString().replace("'", "''") + "')";
    }
}
