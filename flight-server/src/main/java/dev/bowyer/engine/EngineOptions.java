package dev.bowyer.engine;

import com.sun.management.OperatingSystemMXBean;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;

/// What an engine may use.
///
/// @param cpuThreads threads that plan and compute; also the partitions of a plan
/// @param ioThreads threads that wait for files and object stores
/// @param memoryBytes memory of all operators that count theirs (joins, aggregates, sorts)
/// @param spillFolder below it each engine makes a folder of its own for what does not fit; made when missing
/// @param spillBytes size of all spilled data
/// @param batchRows rows of a batch inside the engine
/// @param metadataCacheBytes memory of the cache of Parquet footers
/// @param messageBytes size up to which a result message is filled; never twice as large unless one row is
/// @param sqlBytes longest statement
/// @param sqlTokens most tokens of a statement
/// @param sqlNesting deepest nesting of parentheses, brackets and CASE
/// @param sqlChain most operators in a row without a parenthesis, comma or clause between them
public record EngineOptions(
        int cpuThreads,
        int ioThreads,
        long memoryBytes,
        Path spillFolder,
        long spillBytes,
        int batchRows,
        long metadataCacheBytes,
        int messageBytes,
        int sqlBytes,
        int sqlTokens,
        int sqlNesting,
        int sqlChain) {
    public static final int DEFAULT_IO_THREADS = 2;
    /// Share of the memory that the Java heap leaves. The rest is for what counts nothing: decoders, kernels,
    /// messages.
    public static final double DEFAULT_MEMORY_SHARE = 0.6;

    public static final long DEFAULT_SPILL_BYTES = 64L << 30;
    public static final int DEFAULT_BATCH_ROWS = 8192;
    public static final long DEFAULT_METADATA_CACHE_BYTES = 256L << 20;
    public static final int DEFAULT_MESSAGE_BYTES = 1 << 20;
    public static final int DEFAULT_SQL_BYTES = 256 << 10;
    public static final int DEFAULT_SQL_TOKENS = 50_000;
    public static final int DEFAULT_SQL_NESTING = 100;
    public static final int DEFAULT_SQL_CHAIN = 500;

    public static final int MAX_THREADS = 1024;
    public static final int MAX_BATCH_ROWS = 1 << 20;
    public static final int MIN_MESSAGE_BYTES = 1 << 10;
    /// Java and gRPC count the bytes of a message in an `int`, and a message may be twice as large.
    public static final int MAX_MESSAGE_BYTES = 1 << 29;

    /// Less than this runs no query worth the name.
    public static final long MIN_MEMORY_BYTES = 16L << 20;

    /// What is taken of a machine whose Java heap leaves next to nothing.
    private static final long SMALLEST_DEFAULT_MEMORY_BYTES = 256L << 20;

    /// @throws ServiceException INVALID_CONFIG for a value out of its range
    public EngineOptions {
        check("cpu-threads", cpuThreads, 1, MAX_THREADS);
        check("io-threads", ioThreads, 1, MAX_THREADS);
        check("memory-bytes", memoryBytes, MIN_MEMORY_BYTES, Long.MAX_VALUE);
        check("spill-bytes", spillBytes, 0, Long.MAX_VALUE);
        check("batch-rows", batchRows, 1, MAX_BATCH_ROWS);
        check("metadata-cache-bytes", metadataCacheBytes, 0, Long.MAX_VALUE);
        check("message-bytes", messageBytes, MIN_MESSAGE_BYTES, MAX_MESSAGE_BYTES);
        check("sql-bytes", sqlBytes, 1, Integer.MAX_VALUE);
        check("sql-tokens", sqlTokens, 1, Integer.MAX_VALUE);
        check("sql-nesting", sqlNesting, 1, Integer.MAX_VALUE);
        check("sql-chain", sqlChain, 1, Integer.MAX_VALUE);
    }

    /// The default of every option, for this machine and this process.
    public static EngineOptions defaults() {
        return new EngineOptions(
                Runtime.getRuntime().availableProcessors(),
                DEFAULT_IO_THREADS,
                defaultMemoryBytes(),
                defaultSpillFolder(),
                DEFAULT_SPILL_BYTES,
                DEFAULT_BATCH_ROWS,
                DEFAULT_METADATA_CACHE_BYTES,
                DEFAULT_MESSAGE_BYTES,
                DEFAULT_SQL_BYTES,
                DEFAULT_SQL_TOKENS,
                DEFAULT_SQL_NESTING,
                DEFAULT_SQL_CHAIN);
    }

    public EngineOptions withMemoryBytes(long bytes) {
        return new EngineOptions(
                cpuThreads,
                ioThreads,
                bytes,
                spillFolder,
                spillBytes,
                batchRows,
                metadataCacheBytes,
                messageBytes,
                sqlBytes,
                sqlTokens,
                sqlNesting,
                sqlChain);
    }

    public EngineOptions withSpill(Path folder, long bytes) {
        return new EngineOptions(
                cpuThreads,
                ioThreads,
                memoryBytes,
                folder,
                bytes,
                batchRows,
                metadataCacheBytes,
                messageBytes,
                sqlBytes,
                sqlTokens,
                sqlNesting,
                sqlChain);
    }

    public EngineOptions withMetadataCacheBytes(long bytes) {
        return new EngineOptions(
                cpuThreads,
                ioThreads,
                memoryBytes,
                spillFolder,
                spillBytes,
                batchRows,
                bytes,
                messageBytes,
                sqlBytes,
                sqlTokens,
                sqlNesting,
                sqlChain);
    }

    /// [#DEFAULT_MEMORY_SHARE] of the machine's memory (of the container's, if that has a limit) less the largest
    /// heap.
    public static long defaultMemoryBytes() {
        long machine =
                ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
        long left = machine - Runtime.getRuntime().maxMemory();
        return Math.max(SMALLEST_DEFAULT_MEMORY_BYTES, (long) (left * DEFAULT_MEMORY_SHARE));
    }

    /// The system's folder for temporary files.
    public static Path defaultSpillFolder() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }

    private static void check(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG, name + ": " + value + " (expected: " + least + " to " + most + ")");
        }
    }
}
