package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.lake.ParquetRows;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.Snapshot;
import io.delta.kernel.TableManager;
import io.delta.kernel.exceptions.KernelException;
import io.delta.kernel.internal.DeltaHistoryManager;
import io.delta.kernel.internal.actions.Metadata;
import io.delta.kernel.internal.actions.Protocol;
import io.delta.kernel.internal.fs.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/// One table, and what it is read with. Thread-safe.
record DeltaTable(
        DataPaths paths, ObjectStores stores, ParquetRows parquet, BufferAllocator allocator, DeltaLimits limits) {
    private static final Path LOG = new Path(LogAccess.KERNEL_ROOT, "_delta_log");

    /// Features of the protocol that a reader must know, and this one does. The kernel has a list of its own,
    /// which goes first; a feature that it learns stays refused until it is known here.
    private static final Set<String> FEATURES = Set.of(
            "columnMapping",
            "deletionVectors",
            "timestampNtz",
            "typeWidening",
            "typeWidening-preview",
            "v2Checkpoint",
            "vacuumProtocolCheck",
            // Columns of these types are refused by name; tables without one are read.
            "variantType",
            "variantType-preview",
            "variantShredding",
            "variantShredding-preview");

    private static final String COORDINATOR = "delta.coordinatedCommits.commitCoordinator";

    /// For one call.
    LogAccess log() {
        return new LogAccess(paths, stores, parquet, limits);
    }

    /// @param asOf null: the newest version
    DeltaVersion load(@Nullable AsOf asOf) {
        return DeltaFailures.translated(() -> {
            LogEngine engine = new LogEngine(log());
            return switch (asOf) {
                case null -> version(latest(engine), false);
                case AsOf.Version version -> version(at(engine, version.id()), true);
                case AsOf.Moment moment -> at(engine, moment);
                case AsOf.Ref ref ->
                    throw new ServiceException(
                            ErrorCode.UNSUPPORTED,
                            "version \"" + ref.name() + "\": a Delta table has no branches and tags",
                            "use the number of a version or a moment such as 2026-01-31T12:00:00Z");
            };
        });
    }

    private static Snapshot latest(LogEngine engine) {
        return TableManager.loadSnapshot(LogAccess.KERNEL_ROOT).build(engine);
    }

    private DeltaVersion version(Snapshot snapshot, boolean settled) {
        Protocol protocol = snapshot.getProtocol();
        Metadata metadata = snapshot.getMetadata();
        Set<String> unknown = new TreeSet<>(protocol.getReaderFeatures());
        unknown.removeAll(FEATURES);
        if (!unknown.isEmpty()) {
            throw DeltaFailures.unsupported(unknown, null);
        }
        // Such commits may not be in the log yet: what it shows may be an old version.
        if (metadata.getConfiguration().keySet().stream().anyMatch(key -> key.startsWith(COORDINATOR))) {
            throw DeltaFailures.unsupported(Set.of("coordinatedCommits"), null);
        }
        if (!metadata.getFormat().getProvider().equals("parquet")) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    "the data files of the table are of the format "
                            + metadata.getFormat().getProvider() + " (expected: parquet)");
        }
        return new DeltaVersion(this, snapshot, DeltaSchema.of(metadata, limits), settled);
    }

    private Snapshot at(LogEngine engine, long version) {
        try {
            return TableManager.loadSnapshot(LogAccess.KERNEL_ROOT)
                    .atVersion(version)
                    .build(engine);
        } catch (KernelException e) {
            long newest = latest(engine).getVersion();
            long oldest = oldest(engine);
            if (version < oldest || version > newest) {
                throw new ServiceException(
                        ErrorCode.SOURCE_NOT_FOUND,
                        "version " + version + " of the table is not there",
                        "it has the versions " + oldest + " to " + newest,
                        e);
            }
            throw e;
        }
    }

    /// The oldest version that can still be read.
    static long oldest(LogEngine engine) {
        return DeltaHistoryManager.getEarliestRecreatableCommit(engine, LOG, Optional.empty());
    }

    /// A moment after the newest commit has the newest version.
    private DeltaVersion at(LogEngine engine, AsOf.Moment moment) {
        Snapshot latest = latest(engine);
        // Commits have milliseconds: one of the same millisecond counts as before.
        DeltaHistoryManager.Commit commit = DeltaHistoryManager.getActiveCommitAtTimestamp(
                engine, latest, LOG, moment.at().toEpochMilli(), true, true, true, List.of());
        if (commit.getTimestamp() > moment.at().toEpochMilli()) {
            throw new ServiceException(
                    ErrorCode.SOURCE_NOT_FOUND,
                    "the table has no version of " + moment,
                    "the oldest one, " + commit.getVersion() + ", is of " + DeltaValues.moment(commit.getTimestamp()));
        }
        if (commit.getVersion() == latest.getVersion()) {
            return version(latest, false);
        }
        return version(at(engine, commit.getVersion()), true);
    }
}
