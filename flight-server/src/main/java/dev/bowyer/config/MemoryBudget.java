package dev.bowyer.config;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/// The configured memory limits in bytes.
///
/// @param totalBytes for all queries together
/// @param queryBytes for one of them
public record MemoryBudget(long totalBytes, long queryBytes) {

    /// A share in total is taken of the memory that the Java heap leaves.
    public static MemoryBudget of(Config.Limits limits) {
        long total =
                limits.totalMemory().of(machineMemory() - Runtime.getRuntime().maxMemory());
        return new MemoryBudget(total, Math.min(total, limits.queryMemory().of(total)));
    }

    /// Of the machine, or of the container, in bytes.
    public static long machineMemory() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }
}
