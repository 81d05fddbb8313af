package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.delta.log.CommitFile;
import dev.bowyer.dataset.delta.log.DataPaths;
import dev.bowyer.dataset.delta.log.DeltaLimits;
import dev.bowyer.dataset.delta.log.LogAccess;
import dev.bowyer.dataset.delta.log.LogEngine;
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
import java.util.ArrayList;
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

    /// Most ranges of versions that an error names.
    private static final int MAX_RANGES = 5;

    private static final String COORDINATOR = "delta.coordinatedCommits.commitCoordinator";

    /// For one call.
    LogAccess log() {
        return new LogAccess(paths, stores, parquet, limits);
    }

    /// @param asOf null: the newest version
    DeltaVersion load(@Nullable AsOf asOf) {
        return DeltaFailures.translated(() -> {
            LogAccess log = log();
            LogEngine engine = new LogEngine(log);
            return switch (asOf) {
                case null -> version(log, latest(engine), false);
                case AsOf.Version version -> version(log, at(log, engine, version.id()), true);
                case AsOf.Moment moment -> at(log, engine, moment);
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

    private DeltaVersion version(LogAccess log, Snapshot snapshot, boolean settled) {
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
        CommitFile commit = log.commit(snapshot.getLogSegment().getDeltaFileAtEndVersion());
        return new DeltaVersion(this, snapshot, commit, DeltaSchema.of(metadata, limits), settled);
    }

    private static Snapshot at(LogAccess log, LogEngine engine, long version) {
        // The kernel would look for a checkpoint before it, a thousand versions at a time.
        if (!log.hasCommit(version)) {
            throw absent(log, engine, version, null);
        }
        try {
            return TableManager.loadSnapshot(LogAccess.KERNEL_ROOT)
                    .atVersion(version)
                    .build(engine);
        } catch (KernelException e) {
            if (version < oldest(engine)) {
                throw absent(log, engine, version, e);
            }
            throw e;
        }
    }

    private static ServiceException absent(
            LogAccess log, LogEngine engine, long version, @Nullable KernelException cause) {
        long oldest = oldest(engine);
        long[] versions = log.commits(oldest).stream()
                .mapToLong(LogAccess.Commit::version)
                .toArray();
        return new ServiceException(
                ErrorCode.SOURCE_NOT_FOUND,
                "version " + version + " of the table is not there",
                "it has the versions " + ranges(versions),
                cause);
    }

    /// @param versions in order
    private static String ranges(long[] versions) {
        List<String> ranges = new ArrayList<>();
        int first = 0;
        for (int i = 1; i <= versions.length; i++) {
            if (i == versions.length || versions[i] != versions[i - 1] + 1) {
                ranges.add(first == i - 1 ? "" + versions[first] : versions[first] + " to " + versions[i - 1]);
                first = i;
            }
        }
        int left = ranges.size() - MAX_RANGES;
        return String.join(", ", ranges.subList(Math.max(0, left), ranges.size()))
                + (left > 0 ? " and " + left + " older ranges" : "");
    }

    /// The oldest version that can still be read.
    static long oldest(LogEngine engine) {
        return DeltaHistoryManager.getEarliestRecreatableCommit(engine, LOG, Optional.empty());
    }

    /// A moment after the newest commit has the newest version.
    private DeltaVersion at(LogAccess log, LogEngine engine, AsOf.Moment moment) {
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
            return version(log, latest, false);
        }
        return version(log, at(log, engine, commit.getVersion()), true);
    }
}
