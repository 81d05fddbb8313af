package dev.bowyer.dataset.iceberg;

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
    /// Most data files of a version.
    static final int MAX_FILES = 2_000_000;

    private final TableMetadata metadata;
    private final TableRoot root;
    private final SnapshotChoice choice;
    private final Planning planning;
    private final Schema schema;
    private final ObjectFileIO io;
    /// The metadata file that was last found to have this version as its newest.
    private volatile @Nullable TableMetadata seen;

    /// @throws ServiceException UNSUPPORTED for a table that cannot be read
    IcebergVersion(TableMetadata metadata, TableRoot root, SnapshotChoice choice, Planning planning) {
        this.metadata = metadata;
        this.root = root;
        this.choice = choice;
        this.planning = planning;
        this.io = ObjectFileIO.ofTable(planning.stores(), root, planning.cache(), metadata.metadataFileLocation());
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

    /// Whether `current` is the metadata that this came from, or was found to tell the same.
    boolean isOf(TableMetadata current) {
        return isSame(metadata, current) || isSame(seen, current);
    }

    private static boolean isSame(@Nullable TableMetadata known, TableMetadata current) {
        if (known == null || known == current) {
            return known != null;
        }
        String file = current.metadataFileLocation();
        return file != null && file.equals(known.metadataFileLocation());
    }

    boolean isFile(String metadataUrl) {
        TableMetadata later = seen;
        return metadataUrl.equals(metadata.metadataFileLocation())
                || (later != null && metadataUrl.equals(later.metadataFileLocation()));
    }

    /// Whether `other`, from newer metadata, has the same rows and columns. Then this remembers that
    /// metadata.
    boolean isStill(IcebergVersion other) {
        boolean same = id().equals(other.id()) && schema.equals(other.schema) && root.equals(other.root);
        if (same) {
            seen = other.metadata;
        }
        return same;
    }

    @Override
    public LakeFiles files(String name) {
        FilePlan plan = new FilePlan(root, metadata, choice.schema());
        tasks().forEach(plan::add);
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

    /// In the order of the manifests, whichever is read first.
    private List<FileScanTask> tasks() {
        Snapshot snapshot = choice.snapshot();
        if (snapshot == null) {
            return List.of();
        }
        BaseTable table = table();
        List<FileScanTask> tasks = new ArrayList<>();
        try (CloseableIterable<FileScanTask> planned = table.newScan()
                .useSnapshot(snapshot.snapshotId())
                .includeColumnStats()
                .planWith(planning.threads())
                .planFiles()) {
            for (FileScanTask task : planned) {
                if (tasks.size() == MAX_FILES) {
                    throw new ServiceException(
                            ErrorCode.LIMIT_REACHED, "a version of a table has at most " + MAX_FILES + " data files");
                }
                tasks.add(task);
            }
        } catch (IOException | RuntimeException e) {
            throw failed(e);
        }
        Map<String, Integer> order = new HashMap<>();
        for (ManifestFile manifest : snapshot.dataManifests(io)) {
            order.putIfAbsent(manifest.path(), order.size());
        }
        tasks.sort(Comparator.comparingInt((FileScanTask task) ->
                        order.getOrDefault(String.valueOf(task.file().manifestLocation()), Integer.MAX_VALUE))
                .thenComparingLong(task -> position(task.file().pos())));
        return tasks;
    }

    private ServiceException failed(Exception failure) {
        planning.cache().clear();
        try {
            return Failures.reading(failure, choice.snapshot(), metadata, root, io);
        } finally {
            planning.cache().clear();
        }
    }

    private static long position(@Nullable Long position) {
        return position == null ? Long.MAX_VALUE : position;
    }

    /// The whole table, whichever version this is. Reports of its scans go nowhere.
    private BaseTable table() {
        return new BaseTable(new StaticTableOperations(metadata, io), "table", report -> {});
    }

    @Override
    public byte[] metadata(String kind) {
        MetadataRows rows = MetadataRows.of(kind);
        try {
            return rows.write(table(), choice.snapshot(), planning.allocator());
        } catch (IOException | RuntimeException e) {
            throw failed(e);
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
