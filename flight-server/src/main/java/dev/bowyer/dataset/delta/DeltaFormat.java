package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.delta.log.CommitFile;
import dev.bowyer.dataset.delta.log.DataPaths;
import dev.bowyer.dataset.delta.log.DeltaLimits;
import dev.bowyer.dataset.delta.log.LogAccess;
import dev.bowyer.dataset.lake.LakeFormat;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.dataset.lake.ParquetRows;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/// Tables of Delta Lake. Keeps nothing between calls.
///
/// **Which commits there are is what the folder says.** Tables whose commits a catalog keeps are refused,
/// since their folder may show an old version.
///
/// **Moments** are those of the commits themselves where the table has in-commit timestamps, otherwise those
/// of the files of the log, in UTC.
public final class DeltaFormat implements LakeFormat {
    private final ObjectStores stores;
    private final ParquetRows parquet;
    private final BufferAllocator allocator;
    private final DeltaLimits limits;

    /// @param parquet reads checkpoints
    /// @param allocator for lists of files, while they are made. Stays the caller's
    public DeltaFormat(ObjectStores stores, ParquetRows parquet, BufferAllocator allocator) {
        this(stores, parquet, allocator, DeltaLimits.DEFAULT);
    }

    DeltaFormat(ObjectStores stores, ParquetRows parquet, BufferAllocator allocator, DeltaLimits limits) {
        this.stores = stores;
        this.parquet = parquet;
        this.allocator = allocator;
        this.limits = limits;
    }

    @Override
    public LakeVersion load(Source.Lake source, @Nullable AsOf asOf) {
        return table(source).load(asOf == null ? source.asOf() : asOf);
    }

    /// Lists the log from the known version on, and no more if that is the newest one still.
    @Override
    public Optional<LakeVersion> newer(Source.Lake source, LakeVersion known) {
        if (!(known instanceof DeltaVersion version)) {
            throw new IllegalArgumentException("no version of a Delta table: " + known.id());
        }
        DeltaTable table = table(source);
        List<LogAccess.Commit> commits = table.log().commits(version.number());
        if (isStill(version, commits)) {
            return Optional.empty();
        }
        // A moment that is not over yet may have any newer version.
        return Optional.of(table.load(source.asOf()))
                .filter(newest -> !newest.identity().equals(version.identity()))
                .map(newest -> newest);
    }

    /// @param commits from the one of `version` on
    private static boolean isStill(DeltaVersion version, List<LogAccess.Commit> commits) {
        if (commits.isEmpty()) {
            return false;
        }
        LogAccess.Commit first = commits.getFirst();
        if (version.settled()) {
            // A log that was cleaned up has only commits after it.
            return isOf(version, first) || first.version() > version.number();
        }
        return commits.size() == 1 && isOf(version, first);
    }

    /// Whether this is the last commit of `version`: a table that was made anew has one of the same name.
    private static boolean isOf(DeltaVersion version, LogAccess.Commit commit) {
        return CommitFile.of(commit.file()).equals(version.commit());
    }

    private DeltaTable table(Source.Lake source) {
        if (source.catalog() != null) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    "Delta tables of a catalog are not read",
                    "name the folder of the table instead");
        }
        return new DeltaTable(new DataPaths(source.location()), stores, parquet, allocator, limits);
    }
}
