package dev.bowyer.dataset.delta.log;

import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.ObjectStores.ObjectInfo;
import dev.bowyer.dataset.lake.ParquetRows;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.utils.FileStatus;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The log of one table, for the time of one call: it counts what is read against [DeltaLimits]. For one
/// thread.
public final class LogAccess {
    /// Where every table lies, to the kernel.
    public static final String KERNEL_ROOT = "delta:/table";

    static final String LOG_FOLDER = "_delta_log/";

    private static final int READ_BYTES = 8 << 20;

    private final DataPaths paths;
    private final ObjectStores stores;
    private final ParquetRows parquet;
    private final DeltaLimits limits;
    private final long deadline;
    private long bytes;
    private long rows;
    /// Of the last listing.
    private List<ObjectInfo> listed = List.of();

    public LogAccess(DataPaths paths, ObjectStores stores, ParquetRows parquet, DeltaLimits limits) {
        this.paths = paths;
        this.stores = stores;
        this.parquet = parquet;
        this.limits = limits;
        this.deadline = System.nanoTime() + limits.time().toNanos();
    }

    public DeltaLimits limits() {
        return limits;
    }

    /// The files of the log from `from` (inclusive) on, in the order of their names.
    List<ObjectInfo> list(@Nullable String from) {
        checkTime();
        List<ObjectInfo> files = stores.list(paths.root() + LOG_FOLDER, from);
        if (files.size() > limits.logFiles()) {
            throw limit(
                    "a listing of _delta_log has more than " + limits.logFiles() + " files",
                    "let a writer of the table make a checkpoint and clean up its log");
        }
        listed = files;
        return files;
    }

    /// The file that the last listing has under the name of `file`.
    public CommitFile commit(FileStatus file) {
        String kernelPath = file.getPath();
        String name = kernelPath.substring(kernelPath.lastIndexOf('/') + 1);
        return listed.stream()
                .filter(info -> name(info).equals(name))
                .findFirst()
                .map(CommitFile::of)
                .orElseGet(() -> new CommitFile(name, file.getSize(), file.getModificationTime(), null));
    }

    /// Whether the log has the commit of a version.
    public boolean hasCommit(long version) {
        try {
            head(KERNEL_ROOT + "/" + LOG_FOLDER + "%020d.json".formatted(version));
            return true;
        } catch (ServiceException e) {
            LogFiles.notFound(e);
            return false;
        }
    }

    /// The name of a file in its folder.
    static String name(ObjectInfo file) {
        return file.url().substring(file.url().lastIndexOf('/') + 1);
    }

    /// What a file of the kernel's is called in messages: its path below the table.
    static String shown(String kernelPath) {
        String root = KERNEL_ROOT + "/";
        return kernelPath.startsWith(root) ? kernelPath.substring(root.length()) : kernelPath;
    }

    String url(String kernelPath) {
        String shown = shown(kernelPath);
        return shown.length() < kernelPath.length() ? paths.below(shown) : paths.url(kernelPath);
    }

    ObjectInfo head(String kernelPath) {
        checkTime();
        return named(kernelPath, () -> stores.head(url(kernelPath)));
    }

    byte[] read(String kernelPath, long offset, int length) {
        checkTime();
        byte[] read = named(kernelPath, () -> stores.read(url(kernelPath), offset, length));
        count(read.length);
        return read;
    }

    /// The lines of a file that are not blank. Reads as it goes.
    public JsonLines lines(String kernelPath) {
        return new JsonLines(shown(kernelPath), limits.lineBytes(), READ_BYTES, at -> read(kernelPath, at, READ_BYTES));
    }

    /// @param size in bytes, as a listing or the log says
    /// @return belongs to the caller
    ParquetRows.Rows parquet(String kernelPath, long size, List<String> columns) {
        checkTime();
        count(size);
        return named(kernelPath, () -> parquet.read(url(kernelPath), columns));
    }

    /// Runs `read`; what it throws begins with the name of the file.
    static <T> T named(String kernelPath, java.util.function.Supplier<T> read) {
        try {
            return read.get();
        } catch (ServiceException e) {
            String message = String.valueOf(e.getMessage());
            String shown = shown(kernelPath);
            if (message.startsWith(shown)) {
                throw e;
            }
            throw new ServiceException(e.code(), shown + ": " + message, e.hint(), e);
        }
    }

    void countRows(long read) {
        checkTime();
        rows += read;
        if (rows > limits.checkpointRows()) {
            throw limit("the checkpoint has more than " + limits.checkpointRows() + " rows", null);
        }
    }

    private void count(long read) {
        bytes += read;
        if (bytes > limits.logBytes()) {
            throw limit("the files of _delta_log have more than " + limits.logBytes() + " bytes", null);
        }
    }

    void checkTime() {
        if (System.nanoTime() - deadline > 0) {
            throw new ServiceException(
                    ErrorCode.UNAVAILABLE,
                    "_delta_log was not read within " + limits.time().toSeconds() + " s",
                    "try again later");
        }
    }

    private static ServiceException limit(String message, @Nullable String hint) {
        return new ServiceException(ErrorCode.LIMIT_REACHED, message, hint);
    }

    /// The versions whose commits are in the log, from `first` on.
    public List<Commit> commits(long first) {
        List<Commit> commits = new ArrayList<>();
        for (ObjectInfo file : list("%020d.".formatted(first))) {
            String name = name(file);
            if (name.matches("\\d{20}\\.json")) {
                commits.add(new Commit(Long.parseLong(name.substring(0, 20)), name, file));
            }
        }
        return commits;
    }

    /// @param name in the log's folder
    public record Commit(long version, String name, ObjectInfo file) {
        public String kernelPath() {
            return KERNEL_ROOT + "/" + LOG_FOLDER + name;
        }
    }
}
