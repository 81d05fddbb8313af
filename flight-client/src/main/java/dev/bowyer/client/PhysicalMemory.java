package dev.bowyer.client;

import java.lang.management.ManagementFactory;

/** The memory of this machine, or of the container that the JVM sees. */
final class PhysicalMemory {
    private PhysicalMemory() {}

    static long bytes() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            return system.getTotalMemorySize();
        }
        return Runtime.getRuntime().maxMemory();
    }
}
