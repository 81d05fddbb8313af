package dev.bowyer.dataset.iceberg;

import static dev.bowyer.dataset.iceberg.LocalWarehouse.bytes;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.data;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.noMetrics;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.bowyer.error.ErrorCode;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.Metrics;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PlanTest {
    private static final Schema TRIPS = new Schema(
            NestedField.required(1, "id", Types.IntegerType.get()),
            NestedField.optional(2, "region", Types.StringType.get()),
            NestedField.optional(3, "at", Types.TimestampType.withZone()),
            NestedField.optional(4, "day", Types.DateType.get()),
            NestedField.optional(5, "fare", Types.DecimalType.of(9, 2)),
            NestedField.optional(6, "distance", Types.FloatType.get()),
            NestedField.optional(
                    7, "place", Types.StructType.of(NestedField.optional(8, "zone", Types.StringType.get()))));

    @TempDir
    private Path folder;

    private IcebergFixture lake;

    @BeforeEach
    void open() {
        lake = new IcebergFixture(folder);
    }

    @AfterEach
    void close() throws IOException {
        lake.close();
    }

    private Table create(PartitionSpec spec) {
        return lake.warehouse.create("trips", TRIPS, spec, Map.of());
    }

    @Test
    void filesOfAnUnpartitionedTableAreListedInOrder() {
        Table table = create(PartitionSpec.unpartitioned());
        table.newAppend()
                .appendFile(data(table, "b.parquet", 10, noMetrics(10)))
                .appendFile(data(table, "a.parquet", 20, noMetrics(20)))
                .commit();
        PlannedFiles plan = lake.plan(table);
        assertThat(plan.names()).containsExactly("b.parquet", "a.parquet");
        assertThat(plan.file("b.parquet"))
                .contains(
                        entry("path", "file://" + LocalWarehouse.folder(table) + "/data/b.parquet"),
                        entry("recorded", table.location() + "/data/b.parquet"),
                        entry("size", 1010L),
                        entry("rows", 10L),
                        entry("group", 0));
        assertThat(plan.header().root()).isEqualTo("file://" + LocalWarehouse.folder(table) + "/");
        assertThat(plan.header().version())
                .isEqualTo(Long.toString(table.currentSnapshot().snapshotId()));
        assertThat(plan.header().moved()).isNull();
    }

    @Test
    void filesOfEachPartitionSpecHaveItsConstants() {
        Table table = create(PartitionSpec.unpartitioned());
        table.newAppend()
                .appendFile(data(table, "all.parquet", 1, noMetrics(1)))
                .commit();
        table.updateSpec().addField("region").commit();
        table.newAppend()
                .appendFile(data(table, "eu.parquet", 1, noMetrics(1), "eu"))
                .appendFile(data(table, "null.parquet", 5, noMetrics(5), (Object) null))
                .commit();
        table.updateSpec().addField("id").removeField("region").commit();
        table.newAppend()
                .appendFile(data(table, "7.parquet", 1, noMetrics(1), 7))
                .commit();
        PlannedFiles plan = lake.plan(table);
        assertThat(plan.group("all.parquet").constants()).isEmpty();
        assertThat(plan.group("eu.parquet").constants()).containsExactly(1);
        assertThat(plan.file("eu.parquet")).containsEntry("constant:1", "eu");
        assertThat(plan.file("null.parquet")).containsEntry("constant:1", null).containsEntry("nulls:1", 5L);
        assertThat(plan.group("null.parquet").constants()).containsExactly(1);
        assertThat(plan.group("7.parquet").constants()).containsExactly(0);
        assertThat(plan.file("7.parquet")).containsEntry("constant:0", 7).containsEntry("constant:1", null);
    }

    @Test
    void boundsComeFromTheMetricsOfFiles() {
        Table table = create(PartitionSpec.unpartitioned());
        Metrics metrics = new Metrics(
                10L,
                null,
                null,
                Map.of(1, 0L, 2, 3L, 5, -1L),
                Map.of(6, 2L),
                Map.of(
                        1, bytes(Types.IntegerType.get(), -5),
                        2, bytes(Types.StringType.get(), "aa"),
                        5, bytes(Types.DecimalType.of(9, 2), new BigDecimal("1.50")),
                        6, bytes(Types.FloatType.get(), 0.0f)),
                Map.of(
                        1, bytes(Types.IntegerType.get(), 9),
                        2, ByteBuffer.wrap("zé".getBytes(StandardCharsets.UTF_8), 0, 2),
                        6, bytes(Types.FloatType.get(), Float.NaN)));
        table.newAppend().appendFile(data(table, "a.parquet", 10, metrics)).commit();
        PlannedFiles plan = lake.plan(table);
        Map<String, ?> file = plan.file("a.parquet");
        assertThat(file.get("min:0")).isEqualTo(-5);
        assertThat(file.get("max:0")).isEqualTo(9);
        assertThat(file.get("nulls:0")).isEqualTo(0L);
        assertThat(file.get("nulls:1")).isEqualTo(3L);
        assertThat(file.get("min:1")).isEqualTo("aa");
        assertThat(file.get("max:1")).as("cut off within a letter").isNull();
        assertThat(file.get("min:4")).isEqualTo(new BigDecimal("1.50"));
        assertThat(file.get("nulls:4")).as("-1 is no count").isNull();
        assertThat(file.get("min:5")).as("either zero").isEqualTo(-0.0f);
        assertThat(file.get("max:5")).as("NaN is no bound").isNull();
        assertThat(file.get("nans:5")).isEqualTo(2L);
    }

    @Test
    void boundsWrittenBeforeAPromotionAreReadInTheNewType() {
        Table table = create(PartitionSpec.unpartitioned());
        Metrics metrics = new Metrics(
                1L,
                null,
                null,
                null,
                null,
                Map.of(1, bytes(Types.IntegerType.get(), -5), 6, bytes(Types.FloatType.get(), 1.5f)),
                Map.of(1, bytes(Types.IntegerType.get(), 9), 6, bytes(Types.FloatType.get(), 2.5f)));
        table.newAppend().appendFile(data(table, "a.parquet", 1, metrics)).commit();
        table.updateSchema()
                .updateColumn("id", Types.LongType.get())
                .updateColumn("distance", Types.DoubleType.get())
                .commit();
        PlannedFiles plan = lake.plan(table);
        assertThat(plan.file("a.parquet"))
                .contains(entry("min:0", -5L), entry("max:0", 9L), entry("min:5", 1.5), entry("max:5", 2.5));
    }

    @Test
    void boundsComeFromHiddenPartitionsToo() {
        PartitionSpec spec = PartitionSpec.builderFor(TRIPS)
                .day("at")
                .month("day")
                .truncate("region", 2)
                .truncate("fare", 100)
                .bucket("id", 16)
                .build();
        Table table = create(spec);
        int day = (int) LocalDate.of(2024, 3, 1).toEpochDay();
        int month = (2024 - 1970) * 12 + 2;
        Metrics metrics = new Metrics(
                1L,
                null,
                null,
                null,
                null,
                Map.of(2, bytes(Types.StringType.get(), "euro")),
                Map.of(2, bytes(Types.StringType.get(), "zz")));
        table.newAppend()
                .appendFile(data(table, "a.parquet", 1, metrics, day, month, "eu", new BigDecimal("12.00"), 11))
                .appendFile(data(table, "n.parquet", 4, noMetrics(4), null, null, "x", null, null))
                .commit();
        PlannedFiles plan = lake.plan(table);
        Map<String, ?> file = plan.file("a.parquet");
        long micros = day * 86_400_000_000L;
        assertThat(file.get("min:2")).isEqualTo(micros);
        assertThat(file.get("max:2")).isEqualTo(micros + 86_400_000_000L - 1);
        assertThat(file.get("min:3")).isEqualTo(day);
        assertThat(file.get("max:3")).isEqualTo((int) LocalDate.of(2024, 3, 31).toEpochDay());
        assertThat(file.get("min:1")).as("the tighter one").isEqualTo("euro");
        assertThat(file.get("max:1")).isEqualTo("ev");
        assertThat(file.get("min:4")).isEqualTo(new BigDecimal("12.00"));
        assertThat(file.get("max:4")).isEqualTo(new BigDecimal("12.99"));
        assertThat(file.get("bucket:0:16")).isEqualTo(11);
        Map<String, ?> nulls = plan.file("n.parquet");
        assertThat(nulls.get("nulls:2")).isEqualTo(4L);
        assertThat(nulls.get("min:2")).isNull();
        assertThat(nulls.get("min:1")).isEqualTo("x");
        assertThat(nulls.get("max:1")).as("shorter than the width: whole").isEqualTo("x");
        assertThat(nulls.get("bucket:0:16")).isNull();
        assertThat(plan.header().groups()).hasSize(1);
    }

    @Test
    void filesThatAreNotParquetAreRefusedByName() {
        Table table = create(PartitionSpec.unpartitioned());
        table.newAppend().appendFile(data(table, "a.orc", 1, noMetrics(1))).commit();
        assertThat(IcebergFixture.fails(ErrorCode.UNSUPPORTED, () -> lake.plan(table)))
                .hasMessageContaining("data/a.orc")
                .hasMessageContaining("ORC");
    }

    @Test
    void allFilesOfManyManifestsAreListedInTheOrderOfTheManifests() {
        Table table = create(PartitionSpec.unpartitioned());
        for (int i = 0; i < 12; i++) {
            table.newFastAppend()
                    .appendFile(data(table, i + "-0.parquet", 1, noMetrics(1)))
                    .appendFile(data(table, i + "-1.parquet", 1, noMetrics(1)))
                    .commit();
        }
        List<String> names = lake.plan(table).names();
        assertThat(names).hasSize(24).startsWith("11-0.parquet", "11-1.parquet", "10-0.parquet");
        assertThat(lake.plan(table).names()).isEqualTo(names);
    }
}
