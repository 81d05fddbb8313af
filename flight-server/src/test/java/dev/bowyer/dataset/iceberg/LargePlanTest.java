package dev.bowyer.dataset.iceberg;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.dataset.lake.LakeFiles;
import dev.bowyer.dataset.lake.LakeVersion;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LargePlanTest {
    private static final int FILES = 10_000;
    private static final int COLUMNS = 16;
    private static final int PLANS = 5;
    private static final Duration LIMIT = Duration.ofSeconds(2);

    @TempDir
    private Path folder;

    /// By the processor's time, since a machine may have other work: one manifest is read by the caller's
    /// thread. Only a plan of another order takes as long as the limit.
    @Test
    void tenThousandFilesWithMetricsArePlannedInNoTime() throws IOException {
        List<NestedField> columns = new ArrayList<>();
        for (int i = 1; i <= COLUMNS; i++) {
            columns.add(NestedField.optional(i, "c" + i, Types.LongType.get()));
        }
        Schema schema = new Schema(columns);
        PartitionSpec spec = PartitionSpec.builderFor(schema).identity("c1").build();
        try (IcebergFixture lake = new IcebergFixture(folder)) {
            Table table = lake.warehouse.create("large", schema, spec, Map.of());
            AppendFiles append = table.newFastAppend();
            for (int i = 0; i < FILES; i++) {
                append.appendFile(LocalWarehouse.data(table, i + ".parquet", 1, metrics(i), (long) i));
            }
            append.commit();
            LakeVersion version = lake.load(table);
            ThreadMXBean processor = ManagementFactory.getThreadMXBean();
            Duration least = Duration.ofDays(1);
            for (int i = 0; i < PLANS; i++) {
                long began = processor.getCurrentThreadCpuTime();
                LakeFiles files = version.files("large");
                Duration took = Duration.ofNanos(processor.getCurrentThreadCpuTime() - began);
                least = took.compareTo(least) < 0 ? took : least;
                assertThat(files.files().length).isGreaterThan(FILES * COLUMNS);
            }
            System.getLogger("plan").log(System.Logger.Level.INFO, "10,000 files planned in " + least);
            assertThat(PlannedFiles.of(version).files()).hasSize(FILES);
            assertThat(least).isLessThan(LIMIT);
        }
    }

    private static Metrics metrics(int file) {
        Map<Integer, ByteBuffer> bounds = new HashMap<>();
        Map<Integer, Long> nulls = new HashMap<>();
        for (int i = 1; i <= COLUMNS; i++) {
            bounds.put(i, LocalWarehouse.bytes(Types.LongType.get(), (long) file * i));
            nulls.put(i, 0L);
        }
        return new Metrics(1L, null, null, nulls, null, bounds, bounds);
    }
}
