package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.ObjectStores.ObjectInfo;
import dev.bowyer.dataset.lake.LakeFiles;
import dev.bowyer.dataset.lake.LakeFilesWriter;
import dev.bowyer.dataset.lake.LakeSchemas;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.dataset.lake.SnapshotInfo;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StaticTableOperations;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.mapping.NameMapping;
import org.apache.iceberg.mapping.NameMappingParser;
import org.jspecify.annotations.Nullable;

/// A snapshot of a table, or the empty table.
final class IcebergVersion implements LakeVersion {
    private final TableMetadata metadata;
    private final @Nullable ObjectInfo file;
    private final TableRoot root;
    private final SnapshotChoice choice;
    private final Planning planning;
    private final Schema schema;

    /// @throws ServiceException UNSUPPORTED for a table that cannot be read
    IcebergVersion(MetadataFiles.Read read, TableRoot root, SnapshotChoice choice, Planning planning) {
        this.metadata = read.metadata();
        this.file = read.file();
        this.root = root;
        this.choice = choice;
        this.planning = planning;
        requireReadable(metadata);
        this.schema = ArrowSchemas.of(choice.schema().columns(), nameMapping(metadata));
    }

    private static void requireReadable(TableMetadata metadata) {
        MetadataFiles.requireReadable("table", metadata.formatVersion());
        if (!metadata.encryptionKeys().isEmpty()
                || metadata.properties().containsKey(TableProperties.ENCRYPTION_TABLE_KEY)) {
            throw ObjectFileIO.encrypted("table");
        }
    }

    private static @Nullable NameMapping nameMapping(TableMetadata metadata) {
        String json = metadata.properties().get(TableProperties.DEFAULT_NAME_MAPPING);
        if (json == null) {
            return null;
        }
        try {
            return NameMappingParser.fromJson(json);
        } catch (RuntimeException e) {
            throw new ServiceException(
                    ErrorCode.SOURCE_INVALID,
                    "table property " + TableProperties.DEFAULT_NAME_MAPPING + ": damaged, or no name mapping",
                    null,
                    e);
        }
    }

    @Override
    public String id() {
        return choice.id();
    }

    @Override
    public Schema schema() {
        return schema;
    }

    /// Whether `current`, which a catalog told, is the metadata that this came from.
    boolean isOf(TableMetadata current) {
        if (metadata == current) {
            return true;
        }
        String location = current.metadataFileLocation();
        return location != null
                && location.equals(metadata.metadataFileLocation())
                && current.lastUpdatedMillis() == metadata.lastUpdatedMillis()
                && Objects.equals(current.uuid(), metadata.uuid());
    }

    /// Whether this came from a metadata file as it is now: a table that is made anew in the same folder may
    /// have files of the same names.
    boolean isOf(ObjectInfo current) {
        return current.equals(file);
    }

    @Override
    public LakeFiles files(String name) {
        FilePlan plan = new FilePlan(root, metadata, choice.schema());
        tasks(Deadline.in(planning.limits().time(), name)).forEach(plan::add);
        LakeFiles.Header header = new LakeFiles.Header(
                name,
                "iceberg",
                root.url(),
                id(),
                LakeFiles.Mapping.id,
                LakeSchemas.base64(schema),
                plan.groups(),
                plan.deletes().positions(),
                plan.deletes().equalities(),
                root.moved(),
                null);
        return new LakeFiles(header, LakeFilesWriter.write(schema, plan.files(), planning.allocator()));
    }

    private ObjectFileIO io(Deadline deadline) {
        return ObjectFileIO.ofTable(planning, root, metadata.metadataFileLocation(), deadline);
    }

    /// In the order of the manifests, whichever is read first.
    private List<FileScanTask> tasks(Deadline deadline) {
        Snapshot snapshot = choice.snapshot();
        if (snapshot == null) {
            return List.of();
        }
        ObjectFileIO io = io(deadline);
        List<FileScanTask> tasks = new ArrayList<>();
        Map<String, Integer> order = new HashMap<>();
        try {
            List<ManifestFile> manifests = snapshot.dataManifests(io);
            manifests.forEach(manifest -> order.putIfAbsent(manifest.path(), order.size()));
            requireFew(manifests, "data files");
            requireFew(snapshot.deleteManifests(io), "files with deletes");
            collect(snapshot, io, deadline, tasks);
        } catch (IOException | RuntimeException e) {
            throw failed(e, io);
        }
        tasks.sort(Comparator.comparingInt((FileScanTask task) ->
                        order.getOrDefault(String.valueOf(task.file().manifestLocation()), Integer.MAX_VALUE))
                .thenComparingLong(task -> position(task.file().pos())));
        return tasks;
    }

    private void collect(Snapshot snapshot, ObjectFileIO io, Deadline deadline, List<FileScanTask> tasks)
            throws IOException {
        try (CloseableIterable<FileScanTask> planned = table(io)
                .newScan()
                .useSnapshot(snapshot.snapshotId())
                .includeColumnStats()
                .planWith(planning.threads())
                .planFiles()) {
            for (FileScanTask task : planned) {
                deadline.check();
                if (tasks.size() == planning.limits().files()) {
                    throw tooMany("data files");
                }
                tasks.add(task);
            }
        }
    }

    /// By what the manifest list says, before any of them is read; old writers do not say it.
    private void requireFew(List<ManifestFile> manifests, String what) {
        long files = 0;
        for (ManifestFile manifest : manifests) {
            files += count(manifest.addedFilesCount()) + count(manifest.existingFilesCount());
        }
        if (files > planning.limits().files()) {
            throw tooMany(what);
        }
    }

    private static long count(@Nullable Integer count) {
        return count == null ? 0 : count;
    }

    private ServiceException tooMany(String what) {
        return new ServiceException(
                ErrorCode.LIMIT_REACHED,
                "a version of a table has at most " + planning.limits().files() + " " + what,
                "compact the table");
    }

    private ServiceException failed(Exception failure, ObjectFileIO io) {
        return Failures.ours(failure)
                .orElseGet(() -> new Damage(choice.snapshot(), metadata, root, planning.cache(), io).reported(failure));
    }

    private static long position(@Nullable Long position) {
        return position == null ? Long.MAX_VALUE : position;
    }

    /// The whole table, whichever version this is. Reports of its scans go nowhere.
    private BaseTable table(ObjectFileIO io) {
        return new BaseTable(new StaticTableOperations(metadata, io), "table", report -> {});
    }

    @Override
    public byte[] metadata(String kind) {
        MetadataRows rows = MetadataRows.of(kind);
        ObjectFileIO io = io(Deadline.in(planning.limits().time(), Locations.name(root.url())));
        try {
            return rows.write(table(io), choice.snapshot(), planning.allocator());
        } catch (IOException | RuntimeException e) {
            throw failed(e, io);
        }
    }

    @Override
    public List<String> metadataKinds() {
        return MetadataRows.kinds();
    }

    @Override
    public List<SnapshotInfo> snapshots() {
        List<Snapshot> snapshots = new ArrayList<>(metadata.snapshots());
        snapshots.sort(Comparator.comparingLong(Snapshot::sequenceNumber).thenComparingLong(Snapshot::timestampMillis));
        return snapshots.subList(Math.max(0, snapshots.size() - MAX_SNAPSHOTS), snapshots.size()).stream()
                .map(IcebergVersion::info)
                .toList();
    }

    private static SnapshotInfo info(Snapshot snapshot) {
        Long parent = snapshot.parentId();
        Map<String, String> summary = snapshot.summary();
        return new SnapshotInfo(
                Long.toString(snapshot.snapshotId()),
                parent == null ? null : parent.toString(),
                Instant.ofEpochMilli(snapshot.timestampMillis()),
                snapshot.operation(),
                summary == null ? new TreeMap<>() : new TreeMap<>(summary));
    }
}
