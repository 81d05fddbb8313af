package dev.bowyer.dataset.iceberg;

import static dev.bowyer.dataset.iceberg.IcebergFixture.fails;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.data;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.noMetrics;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.lake.LakeFiles;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.error.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FoldersTest {
    private static final Schema SCHEMA = new Schema(NestedField.required(1, "id", Types.LongType.get()));

    @TempDir
    private Path folder;

    private IcebergFixture lake;
    private Table table;

    @BeforeEach
    void open() {
        lake = new IcebergFixture(folder);
        table = lake.warehouse.create("trips", SCHEMA, PartitionSpec.unpartitioned(), Map.of("format-version", "2"));
        append("a.parquet");
        append("b.parquet");
    }

    @AfterEach
    void close() throws IOException {
        lake.close();
    }

    private void append(String name) {
        table.newFastAppend().appendFile(data(table, name, 1, noMetrics(1))).commit();
    }

    private Path metadata(String name) {
        return LocalWarehouse.folder(table).resolve("metadata").resolve(name);
    }

    private Path newestMetadata() {
        return Path.of(LocalWarehouse.metadata(table).metadataFileLocation().replaceFirst("^file:", ""));
    }

    private List<Path> list(String ending) throws IOException {
        try (Stream<Path> files = Files.list(metadata("."))) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> names(LakeVersion version) {
        return PlannedFiles.of(version).names();
    }

    private LakeVersion loadMetadata(Path file) {
        return lake.format.load(new Source.Lake(Source.TableFormat.ICEBERG, "file://" + file, null, null), null);
    }

    @Test
    void aFolderIsItsNewestMetadataAndAFileIsWhatItSays() throws IOException {
        assertThat(names(lake.load(table))).containsExactly("b.parquet", "a.parquet");
        List<Path> all = list(".metadata.json");
        assertThat(names(loadMetadata(all.get(1)))).containsExactly("a.parquet");
        assertThat(PlannedFiles.of(loadMetadata(all.get(1))).header().moved()).isNull();
    }

    @Test
    void aHintSaysWhereToBeginAmongNumberedFiles() throws IOException {
        List<Path> all = list(".metadata.json");
        for (int i = 0; i < all.size(); i++) {
            Files.move(all.get(i), metadata("v" + (i + 1) + ".metadata.json"));
        }
        Files.writeString(metadata("version-hint.text"), "2\n");
        assertThat(names(lake.load(table))).as("the hint is behind").containsExactly("b.parquet", "a.parquet");
        Files.move(metadata("v2.metadata.json"), metadata("vfirst.metadata.json"));
        Files.writeString(metadata("version-hint.text"), "first");
        assertThat(names(lake.load(table))).containsExactly("a.parquet");
        Files.delete(metadata("version-hint.text"));
        assertThat(names(lake.load(table))).containsExactly("b.parquet", "a.parquet");
    }

    @Test
    void compressedMetadataIsRead() throws IOException {
        Path newest = newestMetadata();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream compressed = new GZIPOutputStream(bytes)) {
            compressed.write(Files.readAllBytes(newest));
        }
        Files.write(metadata("00007-x.gz.metadata.json"), bytes.toByteArray());
        Files.delete(newest);
        assertThat(names(lake.load(table))).containsExactly("b.parquet", "a.parquet");
    }

    @Test
    void aCopiedTableIsReadWhereItLies() throws IOException {
        Path copy = folder.resolve("copies/100% new/trips");
        copy(LocalWarehouse.folder(table), copy);
        LakeVersion version = lake.format.load(IcebergFixture.folder(folder.resolve("copies/100%25 new/trips")), null);
        lake.objects.reads.clear();
        PlannedFiles plan = PlannedFiles.of(version);
        assertThat(plan.file("a.parquet"))
                .contains(
                        entry("path", "file://" + folder + "/copies/100%25 new/trips/data/a.parquet"),
                        entry("recorded", table.location() + "/data/a.parquet"));
        assertThat(plan.header().moved())
                .isEqualTo(new LakeFiles.Moved(table.location(), "file://" + folder + "/copies/100%25 new/trips"));
        assertThat(lake.objects.reads).isNotEmpty().allMatch(url -> url.contains("/copies/100%25 new/trips/metadata/"));
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : (Iterable<Path>) files::iterator) {
                Path target = to.resolve(from.relativize(file));
                Files.createDirectories(target.getParent());
                Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    @Test
    void aTableInABucketIsReadByItsKeys() throws IOException {
        copy(LocalWarehouse.folder(table), folder.resolve("bucket/wh/trips"));
        var source = new Source.Lake(Source.TableFormat.ICEBERG, "s3a://bucket/wh/trips", null, null);
        PlannedFiles plan = PlannedFiles.of(lake.format.load(source, null));
        assertThat(plan.header().root()).isEqualTo("s3://bucket/wh/trips/");
        assertThat(plan.file("a.parquet")).containsEntry("path", "s3://bucket/wh/trips/data/a.parquet");
    }

    @Test
    void aLookCostsAListingAndManifestsAreReadOnce() {
        LakeVersion known = lake.load(table);
        var unused = known.files("trips");
        lake.objects.reads.clear();
        lake.objects.lists.clear();
        assertThat(lake.format.newer(IcebergFixture.source(table), known)).isEmpty();
        assertThat(lake.objects.lists).hasSize(1);
        assertThat(lake.objects.reads).isEmpty();
        append("c.parquet");
        LakeVersion newer =
                lake.format.newer(IcebergFixture.source(table), known).orElseThrow();
        assertThat(names(newer)).containsExactly("c.parquet", "b.parquet", "a.parquet");
        assertThat(lake.objects.reads)
                .as("metadata, the new manifest list and the new manifest")
                .hasSize(3);
        assertThat(unused.header().version()).isEqualTo(known.id());
    }

    @Test
    void aCommitThatChangesNoRowsIsAVersionWithNewMetadata() {
        LakeVersion known = lake.load(table);
        table.manageSnapshots()
                .createTag("v1", table.currentSnapshot().snapshotId())
                .commit();
        LakeVersion tagged =
                lake.format.newer(IcebergFixture.source(table), known).orElseThrow();
        assertThat(tagged.id()).isEqualTo(known.id());
        assertThat(PlannedFiles.rows(known.metadata("refs"))).hasSize(1);
        assertThat(PlannedFiles.rows(tagged.metadata("refs"))).hasSize(2);
        lake.objects.reads.clear();
        assertThat(lake.format.newer(IcebergFixture.source(table), tagged)).isEmpty();
        assertThat(lake.objects.reads).isEmpty();
    }

    @Test
    void aPinnedSourceKeepsItsRows() {
        long pinned = table.currentSnapshot().snapshotId();
        Source.Lake source = new Source.Lake(
                Source.TableFormat.ICEBERG, IcebergFixture.source(table).location(), null, new AsOf.Version(pinned));
        LakeVersion known = lake.format.load(source, null);
        append("c.parquet");
        LakeVersion later = lake.format.newer(source, known).orElseThrow();
        assertThat(later.id()).isEqualTo(known.id());
        assertThat(names(later)).isEqualTo(names(known));
        assertThat(later.snapshots()).hasSize(3);
    }

    @Test
    void aTableMadeAnewWithTheSameFileNamesIsNoticed() throws IOException {
        Path moved = Files.createDirectories(folder.resolve("numbered/metadata"));
        Path file = moved.resolve("v2.metadata.json");
        List<Path> all = list(".metadata.json");
        Files.copy(all.get(1), file);
        Source.Lake source = IcebergFixture.folder(folder.resolve("numbered"));
        LakeVersion known = lake.format.load(source, null);
        assertThat(lake.format.newer(source, known)).isEmpty();
        Files.copy(all.get(2), file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(lake.format.newer(source, known).orElseThrow().id()).isNotEqualTo(known.id());
        LakeVersion named = loadMetadata(file);
        Files.copy(all.get(1), file, StandardCopyOption.REPLACE_EXISTING);
        var byFile = new Source.Lake(Source.TableFormat.ICEBERG, "file://" + file, null, null);
        assertThat(lake.format.newer(byFile, named)).isPresent();
    }

    @Test
    void metadataThatIsBeingWrittenIsReadAgain() {
        lake.objects.torn = () -> append("c.parquet");
        assertThat(names(lake.load(table))).containsExactly("c.parquet", "b.parquet", "a.parquet");
        assertThat(lake.objects.torn).isNull();
    }

    @Test
    void planningHasLimits() throws IOException {
        try (IcebergFixture few = limited(new PlanLimits(1, Duration.ofMinutes(1)))) {
            LakeVersion version = few.load(table);
            few.objects.reads.clear();
            assertThat(fails(ErrorCode.LIMIT_REACHED, () -> version.files("trips")))
                    .hasMessageContaining("at most 1 data files");
            assertThat(few.objects.reads).as("the manifest list alone").hasSize(1);
        }
        try (IcebergFixture slow = limited(new PlanLimits(10, Duration.ZERO))) {
            LakeVersion version = slow.load(table);
            assertThat(fails(ErrorCode.UNAVAILABLE, () -> version.files("my trips")))
                    .hasMessageContaining("my trips");
            assertThat(fails(ErrorCode.UNAVAILABLE, () -> version.metadata("files")))
                    .hasMessageContaining("trips");
        }
    }

    private IcebergFixture limited(PlanLimits limits) throws IOException {
        return new IcebergFixture(Files.createTempDirectory(folder, "limited"), limits);
    }

    @Test
    void whatIsMissingOrDamagedIsNamed() throws IOException {
        Path none = Files.createDirectories(folder.resolve("none"));
        assertThat(fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.format.load(IcebergFixture.folder(none), null))
                        .describe())
                .contains("none: no Iceberg table");
        LakeVersion version = lake.load(table);
        Path manifest = list("-m0.avro").getFirst();
        byte[] whole = Files.readAllBytes(manifest);
        Files.write(manifest, Arrays.copyOf(whole, whole.length / 2));
        assertThat(fails(ErrorCode.SOURCE_INVALID, () -> version.files("trips")))
                .hasMessageContaining("metadata/" + manifest.getFileName())
                .hasMessageContaining(Integer.toString(whole.length));
        byte[] noise = whole.clone();
        Arrays.fill(noise, (byte) 'x');
        Files.write(manifest, noise);
        assertThat(fails(ErrorCode.SOURCE_INVALID, () -> version.files("trips")))
                .hasMessageContaining("metadata/" + manifest.getFileName());
        Files.write(manifest, whole);
        lake.objects.reads.clear();
        assertThat(names(version)).as("mended").containsExactly("b.parquet", "a.parquet");
        assertThat(lake.objects.reads).as("the others are kept").hasSize(1);
        LakeVersion unread = reopened(version);
        Files.delete(manifest);
        assertThat(fails(ErrorCode.SOURCE_NOT_FOUND, () -> unread.files("trips")))
                .hasMessageContaining("metadata/" + manifest.getFileName());
    }

    /// By a server that has not read its manifests.
    private LakeVersion reopened(LakeVersion version) throws IOException {
        lake.close();
        lake = new IcebergFixture(Files.createDirectories(folder.resolve("other")));
        return lake.format.load(IcebergFixture.source(table), AsOf.parse(version.id()));
    }

    @Test
    void aDamagedManifestListIsNamed() throws IOException {
        Path list = Path.of(table.currentSnapshot().manifestListLocation().replaceFirst("^file:", ""));
        LakeVersion version = lake.load(table);
        Files.writeString(list, "Obj");
        assertThat(fails(ErrorCode.SOURCE_INVALID, () -> version.files("trips")))
                .hasMessageContaining("metadata/" + list.getFileName());
    }

    @Test
    void damagedAndForeignMetadataIsRefused() throws IOException {
        Path newest = newestMetadata();
        String text = Files.readString(newest);
        String name = "metadata/" + newest.getFileName();
        for (String damaged : List.of("", "[]", "{", "{\"format-version\":\"2\"}", text.substring(0, 500))) {
            Files.writeString(newest, damaged);
            assertThat(fails(ErrorCode.SOURCE_INVALID, () -> lake.load(table))).hasMessageContaining(name);
        }
        for (int version = 4; version < 6; version++) {
            Files.writeString(
                    newest, text.replaceFirst("\"format-version\"\\s*:\\s*2", "\"format-version\":" + version));
            assertThat(fails(ErrorCode.UNSUPPORTED, () -> lake.load(table)))
                    .hasMessageContaining(name)
                    .hasMessageContaining("version " + version);
        }
        Files.delete(newest);
        assertThat(names(lake.load(table))).as("the one before").containsExactly("a.parquet");
    }

    @Test
    void encryptedTablesAreRefused() throws IOException {
        Path newest = newestMetadata();
        String text = Files.readString(newest);
        Files.writeString(
                newest,
                text.replaceFirst("\"properties\"\\s*:\\s*\\{", "\"properties\":{\"encryption.key-id\":\"k\","));
        assertThat(fails(ErrorCode.UNSUPPORTED, () -> lake.load(table))).hasMessageContaining("encrypted");
    }

    @Test
    void aTableMayNameItsMetadataFolder() {
        table.updateProperties()
                .set("write.metadata.path", table.location() + "/metadata")
                .commit();
        assertThat(PlannedFiles.of(loadMetadata(newestMetadata())).header().root())
                .isEqualTo("file://" + LocalWarehouse.folder(table) + "/");
        assertThat(names(lake.load(table))).hasSize(2);
    }

    @Test
    void metadataDoesNotOpenOtherLocalFolders() throws IOException {
        Path apart = Files.createDirectories(folder.resolve("apart")).resolve("v1.metadata.json");
        String text = Files.readString(newestMetadata());
        Files.writeString(apart, text);
        assertThat(fails(ErrorCode.SOURCE_INVALID, () -> loadMetadata(apart)).describe())
                .contains(table.location());
        Path bucket = Files.createDirectories(folder.resolve("bucket"));
        for (String location : List.of("file:///private", "/private", "FILE:///private", "s3://b/../private")) {
            Files.writeString(bucket.resolve("v1.metadata.json"), text.replace(table.location(), location));
            var remote = new Source.Lake(Source.TableFormat.ICEBERG, "s3://bucket/v1.metadata.json", null, null);
            assertThat(fails(ErrorCode.SOURCE_INVALID, () -> lake.format.load(remote, null))
                            .describe())
                    .contains(location);
        }
        Path inside = folder.resolve("v1.metadata.json");
        Files.writeString(inside, text);
        assertThat(names(loadMetadata(inside))).as("below the user's folder").hasSize(2);
    }

    @Test
    void pathsThatLeaveALocalTableAreRefused() throws IOException {
        Path newest = newestMetadata();
        String text = Files.readString(newest);
        String list = table.currentSnapshot().manifestListLocation();
        Files.writeString(newest, text.replace(list, "file:///etc/passwd"));
        assertThat(fails(ErrorCode.SOURCE_INVALID, () -> lake.load(table).files("trips")))
                .hasMessageContaining("passwd")
                .hasMessageContaining("own folder");
        Files.writeString(newest, text.replace(list, table.location() + "/../x.avro"));
        assertThat(fails(ErrorCode.SOURCE_INVALID, () -> lake.load(table).files("trips")))
                .hasMessageContaining("..");
    }
}
