package dev.bowyer.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.management.OperatingSystemMXBean;
import dev.bowyer.App;
import dev.bowyer.config.ConfigLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A server in this process, started from a configuration file as `bowyer serve` starts it, on a free port. It has
/// two datasets of the columns `n` (64-bit integer, from 0 up) and `name` ("even" or "odd"): `numbers` of one file
/// and `lake.lines` of four.
public final class LakeServer implements AutoCloseable {
    public static final int NUMBERS = 10_000;
    public static final int LINES = 4_000;

    /// Runs for minutes and gives no row before its end.
    public static final String ENDLESS =
            "SELECT count(*) AS c FROM numbers a, numbers b, numbers c WHERE (a.n + b.n * c.n) % 1000003 = 7";
    /// Gives rows for minutes.
    public static final String MANY_ROWS = "SELECT a.n * 10000 + b.n AS p FROM numbers a CROSS JOIN numbers b";

    private static final int LINES_FILES = 4;
    /// How soon the work of a cancelled query ends.
    private static final Duration STOPS_WITHIN = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(200);
    /// Of one processor. Between them lies what other threads of the tests take.
    private static final double IDLE = 0.4;

    private static final double BUSY = 0.5;

    private final App app;

    private LakeServer(App app) {
        this.app = app;
    }

    /// @param folder an empty one, for the files
    public static LakeServer start(Path folder) {
        try {
            Files.writeString(folder.resolve("numbers.csv"), lines(0, NUMBERS));
            Files.createDirectories(folder.resolve("lines"));
            int rows = LINES / LINES_FILES;
            for (int file = 0; file < LINES_FILES; file++) {
                Files.writeString(folder.resolve("lines/" + file + ".csv"), lines(file * rows, rows));
            }
            Path config = Files.writeString(folder.resolve("bowyer.yaml"), """
                    server:
                      flight: 127.0.0.1:0
                    datasets:
                      - { name: numbers, from: "%1$s/numbers.csv" }
                      - { name: lake.lines, from: "%1$s/lines", format: csv }
                    """.formatted(folder));
            return new LakeServer(App.start(ConfigLoader.load(config, Map.of()), App.BadDatasets.FAIL));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// `grpc://127.0.0.1:PORT`
    public URI uri() {
        return app.flightUri();
    }

    /// @param options each beginning with `&`
    public String jdbcUrl(String... options) {
        return "jdbc:arrow-flight-sql://" + uri().getAuthority() + "?useEncryption=false" + String.join("", options);
    }

    /// Waits until the engine computes.
    public static void awaitWork() {
        CpuLoad load = new CpuLoad();
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(LOOK)
                .untilAsserted(() -> assertThat(load.sinceLast()).isGreaterThan(BUSY));
    }

    /// Asserts that the engine stops computing in time.
    public static void assertWorkStops() {
        CpuLoad load = new CpuLoad();
        await().atMost(STOPS_WITHIN.plus(LOOK))
                .pollInterval(LOOK)
                .untilAsserted(() -> assertThat(load.sinceLast()).isLessThan(IDLE));
    }

    @Override
    public void close() {
        app.close();
    }

    private static String lines(int first, int rows) {
        return IntStream.range(first, first + rows)
                .mapToObj(n -> n + "," + (n % 2 == 0 ? "even" : "odd") + "\n")
                .collect(Collectors.joining("", "n,name\n", ""));
    }

    /// Of this process: how many processors it uses.
    private static final class CpuLoad {
        private final OperatingSystemMXBean process = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        private long cpuNanos = process.getProcessCpuTime();
        private long wallNanos = System.nanoTime();

        double sinceLast() {
            long cpu = process.getProcessCpuTime();
            long wall = System.nanoTime();
            double load = (double) (cpu - cpuNanos) / (wall - wallNanos);
            cpuNanos = cpu;
            wallNanos = wall;
            return load;
        }
    }
}
