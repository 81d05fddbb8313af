package dev.bowyer.dataset.iceberg;

import static dev.bowyer.dataset.iceberg.IcebergFixture.fails;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.data;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.noMetrics;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.dataset.lake.SnapshotInfo;
import dev.bowyer.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.iceberg.ExpireSnapshots;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VersionsTest {
    private static final Schema SCHEMA = new Schema(NestedField.required(1, "id", Types.LongType.get()));

    @TempDir
    private Path folder;

    private IcebergFixture lake;
    private Table table;

    @BeforeEach
    void open() {
        lake = new IcebergFixture(folder);
        table = lake.warehouse.create("trips", SCHEMA, PartitionSpec.unpartitioned(), Map.of("format-version", "2"));
    }

    @AfterEach
    void close() throws IOException {
        lake.close();
    }

    /// Returns the id of the new snapshot.
    private long append(String name) {
        table.newAppend().appendFile(data(table, name, 1, noMetrics(1))).commit();
        return table.currentSnapshot().snapshotId();
    }

    private static List<String> columns(LakeVersion version) {
        return version.schema().getFields().stream().map(Field::getName).toList();
    }

    private static List<String> names(LakeVersion version) {
        return PlannedFiles.of(version).names();
    }

    @Test
    void aTableWithoutSnapshotsIsEmpty() {
        LakeVersion empty = lake.load(table);
        assertThat(empty.id()).isEqualTo("0-schema-0");
        assertThat(columns(empty)).containsExactly("id");
        assertThat(names(empty)).isEmpty();
        assertThat(empty.snapshots()).isEmpty();
        append("a.parquet");
        assertThat(names(lake.load(table, empty.id())))
                .as("its id stays its name")
                .isEmpty();
    }

    @Test
    void aSnapshotHasItsOwnFilesAndSchema() {
        long first = append("a.parquet");
        table.updateSchema()
                .addColumn("fare", Types.DoubleType.get())
                .renameColumn("id", "trip")
                .commit();
        long second = append("b.parquet");
        assertThat(columns(lake.load(table, Long.toString(first)))).containsExactly("id");
        assertThat(names(lake.load(table, Long.toString(first)))).containsExactly("a.parquet");
        assertThat(columns(lake.load(table, Long.toString(second)))).containsExactly("trip", "fare");
        assertThat(names(lake.load(table, Long.toString(second)))).containsExactly("b.parquet", "a.parquet");
    }

    @Test
    void aSchemaNewerThanTheNewestSnapshotIsAVersionOfItsOwn() {
        long only = append("a.parquet");
        LakeVersion before = lake.load(table);
        table.updateSchema().addColumn("fare", Types.DoubleType.get()).commit();
        LakeVersion after = lake.load(table);
        assertThat(before.id()).isEqualTo(Long.toString(only));
        assertThat(after.id()).isEqualTo(only + "-schema-1");
        assertThat(columns(after)).containsExactly("id", "fare");
        append("b.parquet");
        LakeVersion again = lake.format.load(IcebergFixture.source(table), AsOf.parse(after.id()));
        assertThat(again.id()).isEqualTo(after.id());
        assertThat(columns(again)).isEqualTo(columns(after));
        assertThat(names(again)).containsExactly("a.parquet");
    }

    @Test
    void aMomentIsTheVersionThatWasCurrentThen() {
        long first = append("a.parquet");
        long second = append("b.parquet");
        Instant later = Instant.ofEpochMilli(table.snapshot(second).timestampMillis());
        assertThat(lake.load(table, later.toString()).id()).isEqualTo(Long.toString(second));
        assertThat(lake.load(table, later.minusMillis(1).toString()).id()).isEqualTo(Long.toString(first));
        assertThat(lake.load(table, "2999-01-01").id()).isEqualTo(Long.toString(second));
        assertThat(fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.load(table, "2001-01-01"))
                        .describe())
                .contains("2001-01-01", Long.toString(first));
    }

    @Test
    void branchesHaveTheSchemaOfTheTableAndTagsThatOfTheirSnapshot() {
        long first = append("a.parquet");
        table.manageSnapshots()
                .createTag("v1", first)
                .createBranch("audit", first)
                .commit();
        table.newAppend()
                .appendFile(data(table, "audit.parquet", 1, noMetrics(1)))
                .toBranch("audit")
                .commit();
        table.updateSchema().addColumn("fare", Types.DoubleType.get()).commit();
        append("b.parquet");
        assertThat(names(lake.load(table, "v1"))).containsExactly("a.parquet");
        assertThat(columns(lake.load(table, "v1"))).containsExactly("id");
        assertThat(names(lake.load(table, "audit"))).containsExactly("audit.parquet", "a.parquet");
        assertThat(columns(lake.load(table, "audit"))).containsExactly("id", "fare");
        assertThat(names(lake.load(table, "main"))).containsExactly("b.parquet", "a.parquet");
        assertThat(fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.load(table, "audot"))
                        .describe())
                .contains("audot", "did you mean \"audit\"?");
    }

    @Test
    void anExpiredSnapshotIsNotThere() {
        long first = append("a.parquet");
        long second = append("b.parquet");
        table.expireSnapshots()
                .expireSnapshotId(first)
                .cleanupLevel(ExpireSnapshots.CleanupLevel.NONE)
                .commit();
        assertThat(fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.load(table, Long.toString(first)))
                        .describe())
                .contains("snapshot " + first, "expired", Long.toString(second));
    }

    @Test
    void theVersionOfTheSourceHoldsUnlessTheQueryNamesOne() {
        long first = append("a.parquet");
        long second = append("b.parquet");
        var pinned = new Source.Lake(
                Source.TableFormat.ICEBERG, IcebergFixture.source(table).location(), null, new AsOf.Version(first));
        assertThat(lake.format.load(pinned, null).id()).isEqualTo(Long.toString(first));
        assertThat(lake.format.load(pinned, new AsOf.Version(second)).id()).isEqualTo(Long.toString(second));
    }

    @Test
    void snapshotsAreListedInTheOrderOfTheirCommits() {
        long first = append("a.parquet");
        long second = append("b.parquet");
        List<SnapshotInfo> snapshots = lake.load(table).snapshots();
        assertThat(snapshots).extracting(SnapshotInfo::id).containsExactly(Long.toString(first), Long.toString(second));
        assertThat(snapshots.get(1).parent()).isEqualTo(Long.toString(first));
        assertThat(snapshots.get(1).operation()).isEqualTo("append");
        assertThat(snapshots.get(1).summary()).containsEntry("total-data-files", "2");
        assertThat(snapshots.get(1).committedAt().toEpochMilli())
                .isEqualTo(table.currentSnapshot().timestampMillis());
    }

    @Test
    void metadataTablesHaveIcebergsColumns() {
        table.updateSpec().addField("id").commit();
        table.newAppend()
                .appendFile(data(table, "a.parquet", 5, noMetrics(5), 7L))
                .commit();
        long id = table.currentSnapshot().snapshotId();
        table.manageSnapshots().createTag("v1", id).commit();
        LakeVersion version = lake.load(table);
        assertThat(version.metadataKinds())
                .containsExactly("snapshots", "history", "files", "manifests", "partitions", "refs");
        assertThat(row(version, "snapshots"))
                .containsEntry("snapshot_id", id)
                .containsEntry("operation", "append")
                .containsKeys("committed_at", "parent_id", "manifest_list", "summary");
        assertThat(row(version, "history")).containsEntry("snapshot_id", id).containsEntry("is_current_ancestor", true);
        assertThat(row(version, "files"))
                .containsEntry("file_path", table.location() + "/data/a.parquet")
                .containsEntry("record_count", 5L)
                .containsEntry("partition", Map.of("id", 7L));
        assertThat(row(version, "manifests")).containsEntry("added_data_files_count", 1);
        assertThat(row(version, "partitions"))
                .containsEntry("record_count", 5L)
                .containsEntry("partition", Map.of("id", 7L));
        assertThat(PlannedFiles.rows(version.metadata("refs")))
                .extracting(ref -> ref.get("name"))
                .containsExactlyInAnyOrder("main", "v1");
        assertThat(fails(ErrorCode.DATASET_NOT_FOUND, () -> version.metadata("file"))
                        .describe())
                .contains("file", "did you mean \"files\"?");
    }

    private static Map<String, @Nullable Object> row(LakeVersion version, String kind) {
        return PlannedFiles.rows(version.metadata(kind)).getFirst();
    }

    @Test
    void metadataTablesOfAPastVersionShowIt() {
        long first = append("a.parquet");
        append("b.parquet");
        assertThat(PlannedFiles.rows(lake.load(table, Long.toString(first)).metadata("files")))
                .hasSize(1);
        assertThat(PlannedFiles.rows(lake.load(table).metadata("files"))).hasSize(2);
        table = lake.warehouse.create("none", SCHEMA, PartitionSpec.unpartitioned(), Map.of());
        LakeVersion empty = lake.load(table);
        empty.metadataKinds()
                .forEach(kind -> assertThat(PlannedFiles.rows(empty.metadata(kind)))
                        .as(kind)
                        .isEmpty());
    }
}
