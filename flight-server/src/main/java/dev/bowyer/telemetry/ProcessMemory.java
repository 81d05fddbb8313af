package dev.bowyer.telemetry;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Memory of this process that the JVM does not count.
final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";

    private final List<BufferPoolMXBean> pools = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);

    /// In bytes; NaN where the system does not tell.
    double resident() {
        try {
            return Files.readAllLines(STATUS).stream()
                    .filter(line -> line.startsWith(RESIDENT))
                    .mapToDouble(ProcessMemory::bytes)
                    .findFirst()
                    .orElse(Double.NaN);
        } catch (IOException _) {
            return Double.NaN;
        }
    }

    /// Direct buffers that Java made, in bytes.
    double directBuffers() {
        return (double) pools.stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    /// Of a line such as `VmRSS:     1234 kB`.
    private static double bytes(String line) {
        String number = line.substring(RESIDENT.length()).replace("kB", "").strip();
        return Long.parseLong(number) * 1024.0;
    }
}
