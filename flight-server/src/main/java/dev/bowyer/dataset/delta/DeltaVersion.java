package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.delta.log.CommitFile;
import dev.bowyer.dataset.delta.log.LogAccess;
import dev.bowyer.dataset.delta.log.LogEngine;
import dev.bowyer.dataset.lake.LakeFile;
import dev.bowyer.dataset.lake.LakeFiles;
import dev.bowyer.dataset.lake.LakeFiles.Group;
import dev.bowyer.dataset.lake.LakeFiles.Header;
import dev.bowyer.dataset.lake.LakeFilesWriter;
import dev.bowyer.dataset.lake.LakeSchemas;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.dataset.lake.SnapshotInfo;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.Snapshot;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Schema;

/// One commit of a Delta table, and all before it.
///
/// @param commit the file of its commit
/// @param settled whether asking for it again gives the same version, unless the table is made anew
record DeltaVersion(DeltaTable table, Snapshot snapshot, CommitFile commit, DeltaSchema columns, boolean settled)
        implements LakeVersion {
    private static final String HISTORY = "history";
    private static final String SNAPSHOTS = "snapshots";
    private static final String FILES = "files";
    private static final List<String> KINDS = List.of(HISTORY, SNAPSHOTS, FILES);

    long number() {
        return snapshot.getVersion();
    }

    @Override
    public String id() {
        return Long.toString(number());
    }

    /// A table that was made anew counts from 0 again.
    @Override
    public String identity() {
        return snapshot.getMetadata().getId() + "@" + number() + "@" + commit.identity();
    }

    @Override
    public Schema schema() {
        return columns.arrow();
    }

    @Override
    public LakeFiles files(String name) {
        List<LakeFile> files = listed().stream().map(DataFiles.Listed::file).toList();
        List<Integer> constants = columns.columns().stream()
                .filter(DeltaColumn::partition)
                .map(DeltaColumn::index)
                .toList();
        Header header = new Header(
                name,
                "delta",
                table.paths().root(),
                identity(),
                columns.mapping(),
                LakeSchemas.base64(schema()),
                List.of(new Group(constants, List.of())),
                List.of(),
                List.of(),
                null,
                null);
        return new LakeFiles(
                header,
                DeltaFailures.written(
                        () -> LakeFilesWriter.write(schema(), header.groups(), files, table.allocator())));
    }

    private List<DataFiles.Listed> listed() {
        return DeltaFailures.translated(() -> {
            LogEngine engine = new LogEngine(table.log());
            DataFiles files = new DataFiles(
                    table.paths(), columns.columns(), table.limits().dataFiles());
            return files.read(snapshot.getScanBuilder().build().getScanFiles(engine, true));
        });
    }

    private List<CommitHistory.Entry> history() {
        return DeltaFailures.translated(() -> {
            LogAccess log = table.log();
            return CommitHistory.read(log, DeltaTable.oldest(new LogEngine(log)), number());
        });
    }

    @Override
    public byte[] metadata(String kind) {
        return switch (kind) {
            case HISTORY, SNAPSHOTS -> {
                List<CommitHistory.Entry> history = history();
                yield DeltaFailures.written(() -> MetadataTables.history(history, table.allocator()));
            }
            case FILES -> {
                List<DataFiles.Listed> files = listed();
                yield DeltaFailures.written(() -> MetadataTables.files(files, table.allocator()));
            }
            default ->
                throw new ServiceException(
                        ErrorCode.DATASET_NOT_FOUND,
                        "a Delta table has no metadata table \"" + kind + "\" (expected: " + String.join(", ", KINDS)
                                + ")",
                        NearestNames.hint(kind, KINDS.stream()));
        };
    }

    @Override
    public List<String> metadataKinds() {
        return KINDS;
    }

    @Override
    public List<SnapshotInfo> snapshots() {
        return history().stream().map(CommitHistory.Entry::snapshot).toList();
    }
}
