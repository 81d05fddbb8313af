package dev.bowyer.dataset.iceberg;

import static dev.bowyer.dataset.iceberg.LocalWarehouse.data;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.deletes;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.noMetrics;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.positionDeletes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.bowyer.dataset.lake.LakeFiles;
import dev.bowyer.dataset.lake.LakeSchemas;
import dev.bowyer.error.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.arrow.vector.ipc.ReadChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DeletesTest {
    private static final Schema SCHEMA = new Schema(
            NestedField.required(1, "id", Types.LongType.get()),
            NestedField.optional(2, "region", Types.StringType.get()),
            NestedField.optional(
                    3, "place", Types.StructType.of(NestedField.optional(4, "zone", Types.StringType.get()))));
    private static final PartitionSpec BY_REGION =
            PartitionSpec.builderFor(SCHEMA).identity("region").build();

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

    private Table create(PartitionSpec spec, String version) {
        return lake.warehouse.create("trips", SCHEMA, spec, Map.of("format-version", version));
    }

    private static void append(Table table, String name, Object... partition) {
        table.newAppend()
                .appendFile(data(table, name, 9, noMetrics(9), partition))
                .commit();
    }

    @Test
    void deletesHoldForOlderFilesOfTheirPartition() {
        Table table = create(BY_REGION, "2");
        append(table, "eu.parquet", "eu");
        append(table, "us.parquet", "us");
        table.newRowDelta()
                .addDeletes(positionDeletes(table, "p1.parquet", "eu"))
                .commit();
        append(table, "eu2.parquet", "eu");
        table.newRowDelta()
                .addDeletes(deletes(table, table.spec(), "e1.parquet", "eu")
                        .ofEqualityDeletes(1)
                        .build())
                .addDeletes(positionDeletes(table, "p2.parquet", "eu"))
                .commit();
        append(table, "eu3.parquet", "eu");
        PlannedFiles plan = lake.plan(table);
        assertThat(names(plan.header().positionDeletes())).containsExactlyInAnyOrder("p1.parquet", "p2.parquet");
        assertThat(plan.header().positionDeletes().getFirst().size()).isEqualTo(77);
        assertThat(positions(plan, "eu.parquet")).containsExactlyInAnyOrder("p1.parquet", "p2.parquet");
        assertThat(positions(plan, "eu2.parquet")).containsExactly("p2.parquet");
        assertThat(positions(plan, "eu3.parquet")).isEmpty();
        assertThat(positions(plan, "us.parquet")).isEmpty();
        assertThat(plan.group("eu.parquet").equalityDeletes()).containsExactly(0);
        assertThat(plan.group("eu2.parquet").equalityDeletes()).containsExactly(0);
        assertThat(plan.group("eu3.parquet").equalityDeletes()).isEmpty();
        assertThat(plan.group("us.parquet").equalityDeletes()).isEmpty();
        assertThat(plan.header().equalityDeletes().getFirst().columns()).containsExactly(1);
    }

    private static List<String> names(List<LakeFiles.DeleteFile> files) {
        return files.stream().map(file -> Locations.name(file.path())).toList();
    }

    private static List<String> positions(PlannedFiles plan, String file) {
        List<String> names = names(plan.header().positionDeletes());
        return ((List<?>) Objects.requireNonNull(plan.file(file).get("position_deletes")))
                .stream().map(index -> names.get((Integer) index)).toList();
    }

    @Test
    void equalityDeletesNameColumnsThatTheTableHasLost() throws IOException {
        Table table = create(PartitionSpec.unpartitioned(), "2");
        append(table, "a.parquet");
        table.newRowDelta()
                .addDeletes(deletes(table, table.spec(), "e.parquet")
                        .ofEqualityDeletes(2)
                        .build())
                .commit();
        table.updateSchema().deleteColumn("region").commit();
        LakeFiles.EqualityDeletes deletes =
                lake.plan(table).header().equalityDeletes().getFirst();
        assertThat(deletes.columns()).containsExactly(2);
        byte[] message = Base64.getDecoder().decode(deletes.schema());
        try (ReadChannel channel = new ReadChannel(Channels.newChannel(new ByteArrayInputStream(message)))) {
            var field = MessageSerializer.deserializeSchema(channel).getFields().getFirst();
            assertThat(field.getName()).isEqualTo("region");
            assertThat(field.getMetadata()).containsEntry(LakeSchemas.FIELD_ID, "2");
            assertThat(field.isNullable()).isTrue();
        }
    }

    @Test
    void equalityDeletesOverNestedColumnsAreRefused() {
        Table table = create(PartitionSpec.unpartitioned(), "2");
        append(table, "a.parquet");
        table.newRowDelta()
                .addDeletes(deletes(table, table.spec(), "e.parquet")
                        .ofEqualityDeletes(4)
                        .build())
                .commit();
        assertThat(IcebergFixture.fails(ErrorCode.UNSUPPORTED, () -> lake.plan(table)))
                .hasMessageContaining("data/e.parquet")
                .hasMessageContaining("place.zone");
    }

    @Test
    void deletionVectorsSayWhereTheyLie() {
        Table table = create(PartitionSpec.unpartitioned(), "3");
        DataFile file = data(table, "a.parquet", 9, noMetrics(9));
        table.newAppend().appendFile(file).commit();
        append(table, "b.parquet");
        table.newRowDelta()
                .addDeletes(deletes(table, table.spec(), "v.puffin")
                        .ofPositionDeletes()
                        .withFormat(FileFormat.PUFFIN)
                        .withReferencedDataFile(file.location())
                        .withContentOffset(4)
                        .withContentSizeInBytes(50)
                        .build())
                .commit();
        PlannedFiles plan = lake.plan(table);
        assertThat(plan.file("a.parquet"))
                .contains(
                        entry("dv_path", "file://" + LocalWarehouse.folder(table) + "/data/v.puffin"),
                        entry("dv_offset", 4L),
                        entry("dv_length", 50L),
                        entry("dv_rows", 3L));
        assertThat(plan.file("b.parquet")).containsEntry("dv_path", null);
        assertThat(plan.header().positionDeletes()).isEmpty();
    }

    @Test
    void deleteFilesThatAreNotParquetAreRefusedByName() {
        Table table = create(PartitionSpec.unpartitioned(), "2");
        append(table, "a.parquet");
        table.newRowDelta()
                .addDeletes(deletes(table, table.spec(), "p.avro")
                        .ofPositionDeletes()
                        .build())
                .commit();
        assertThat(IcebergFixture.fails(ErrorCode.UNSUPPORTED, () -> lake.plan(table)))
                .hasMessageContaining("data/p.avro")
                .hasMessageContaining("AVRO");
    }
}
