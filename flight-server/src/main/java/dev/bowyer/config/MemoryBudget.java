package dev.bowyer.config;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.OperatingSystemMXBean;
import dev.bowyer.engine.EngineOptions;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/// How the memory of the machine, or of the container, is divided. All in bytes.
///
/// The heap and direct memory are limits of the JVM, set by its flags. What they leave is divided between the pool,
/// whose limit the engine keeps, and the slack, for what nobody counts: the JVM itself, decoders, messages on their
/// way, cached metadata of files.
///
/// @param machine all there is
/// @param heap most that Java objects may take
/// @param direct most that buffers of connections and of Arrow in Java may take
/// @param pool most that joins, aggregates and sorts of all queries may hold together
/// @param query the same of one query
/// @param metadataCache most that footers of Parquet files may take in the slack
public record MemoryBudget(long machine, long heap, long direct, long pool, long query, long metadataCache) {
    /// Less than this runs no sort or join, and the engine takes 0 for no limit at all.
    static final long MIN_QUERY_BYTES = 1 << 20;

    /// Least slack that a server should have; less is reported at start. An estimate: an idle server takes
    /// about 250 MiB in all, its heap included, and what decodes and streams needs room beside that.
    public static final long MIN_SLACK_BYTES = 400L << 20;

    /// Share of the machine that the cache of metadata may take.
    private static final int METADATA_SHARE = 20;

    /// The budget of this process.
    public static MemoryBudget of(Config.Limits limits) {
        long machine = machineMemory();
        long pool = limits.totalMemory().of(leftByTheJvm());
        long query = Math.min(pool, limits.queryMemory().of(pool));
        long cache = Math.min(EngineOptions.DEFAULT_METADATA_CACHE_BYTES, machine / METADATA_SHARE);
        return new MemoryBudget(machine, Runtime.getRuntime().maxMemory(), directMemory(), pool, query, cache);
    }

    /// What the heap and direct memory leave; shares are taken of it.
    static long leftByTheJvm() {
        return Math.max(0, machineMemory() - Runtime.getRuntime().maxMemory() - directMemory());
    }

    /// What no limit is kept on; negative: the limits are larger than the machine.
    public long slack() {
        return machine - heap - direct - pool;
    }

    /// For people, in MiB: `2048 MiB = heap 410 + direct 204 + pool 717 + slack 717`.
    public String describe() {
        return String.format(
                Locale.ROOT,
                "%d MiB = heap %d + direct %d + pool %d + slack %d",
                machine >> 20,
                heap >> 20,
                direct >> 20,
                pool >> 20,
                slack() >> 20);
    }

    /// Of the machine, or of the container, in bytes.
    public static long machineMemory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /// As large as the heap, unless the flag says otherwise. Netty's buffers and Arrow's in Java count here.
    private static long directMemory() {
        String flag = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                .getVMOption("MaxDirectMemorySize")
                .getValue();
        long bytes = Long.parseLong(flag);
        return bytes == 0 ? Runtime.getRuntime().maxMemory() : bytes;
    }
}
