package dev.bowyer.engine.datafusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.lake.ParquetRows.Rows;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.ParquetRowReader;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// On TPC-H's `lineitem` of 60,175 rows.
final class ParquetRowReaderTest {
    private static final long LINEITEM_ROWS = 60_175;
    private static final long MEMORY = 256L << 20;

    @TempDir
    private static Path data;

    private static QueryEngine engine;
    private final BufferAllocator allocator = new RootAllocator();
    private ParquetRowReader reader;

    @BeforeAll
    static void start() {
        assertThat(TpchGenerator.generate(0.01, data, 2)).isNotEmpty();
        engine = NativeEngine.start(EngineOptions.defaults().withMemoryBytes(MEMORY));
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    @BeforeEach
    void reader() {
        reader = new ParquetRowReader(engine, allocator, ParquetRowReader.DEFAULT_TIMEOUT);
    }

    /// Fails if a batch was not freed.
    @AfterEach
    void free() {
        allocator.close();
    }

    private static String lineitem() {
        return "file://" + data.resolve("lineitem.parquet");
    }

    @Test
    void rowsComeInBatches() {
        long rows = 0;
        Set<Object> keys = new HashSet<>();
        try (Rows batches = reader.read(lineitem(), List.of("l_orderkey", "no_such_column", "l_comment"))) {
            for (VectorSchemaRoot batch = batches.next(); batch != null; batch = batches.next()) {
                assertThat(batch.getSchema().getFields())
                        .extracting(Field::getName)
                        .containsExactly("l_orderkey", "l_comment");
                rows += batch.getRowCount();
                for (int row = 0; row < batch.getRowCount(); row++) {
                    keys.add(batch.getVector(0).getObject(row));
                }
            }
            assertThat(batches.next()).isNull();
        }
        assertThat(rows).isEqualTo(LINEITEM_ROWS);
        assertThat(keys).hasSize(15_000);
    }

    @Test
    void readingMayStopAtAnyTime() {
        Rows batches = reader.read(lineitem(), List.of("l_orderkey"));
        assertThat(batches.next()).isNotNull();
        batches.close();
        batches.close();
        reader.read(lineitem(), List.of("l_orderkey")).close();
    }

    @Test
    void noColumnNoRows() {
        try (Rows batches = reader.read(lineitem(), List.of("no_such_column"))) {
            assertThat(batches.next()).isNull();
        }
    }

    @Test
    void filesThatCannotBeReadAreToldOf() throws IOException {
        assertThatThrownBy(() -> reader.read(lineitem() + "x", List.of("a")))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_NOT_FOUND));
        Path damaged = Files.writeString(data.resolve("damaged.parquet"), "no Parquet at all");
        assertThatThrownBy(() -> reader.read("file://" + damaged, List.of("a")))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_INVALID));
    }

    @Test
    void timeIsLimited() {
        ParquetRowReader hasty = new ParquetRowReader(engine, allocator, Duration.ofMillis(1));
        assertThatThrownBy(() -> {
                    try (Rows batches = hasty.read(lineitem(), List.of("l_orderkey", "l_comment"))) {
                        for (VectorSchemaRoot batch = batches.next(); batch != null; batch = batches.next()) {
                            assertThat(batch.getRowCount()).isPositive();
                        }
                    }
                })
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TIMEOUT));
    }
}
