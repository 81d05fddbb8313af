package dev.bowyer.config;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// The configured memory limits in bytes.
///
/// @param totalBytes for all queries together
/// @param queryBytes for one of them
public record MemoryBudget(long totalBytes, long queryBytes) {
    /// Less than this runs no sort or join, and the engine takes 0 for no limit at all.
    static final long MIN_QUERY_BYTES = 1 << 20;

    /// A share in total is taken of the memory that the Java heap leaves.
    public static MemoryBudget of(Config.Limits limits) {
        long total = totalBytes(limits.totalMemory());
        return new MemoryBudget(total, Math.min(total, limits.queryMemory().of(total)));
    }

    static long totalBytes(ByteSize total) {
        return total.of(machineMemory() - Runtime.getRuntime().maxMemory());
    }

    /// Of the machine, or of the container, in bytes.
    public static long machineMemory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }
}
