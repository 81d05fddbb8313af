package dev.bowyer.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bowyer.App;
import dev.bowyer.config.ConfigLoader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A server in this process, started from a configuration file as `bowyer serve` starts it, on a free port. It has
/// two datasets of the columns `n` (64-bit integer, from 0 up) and `name` ("even" or "odd"): `numbers` of one file
/// and `lake.lines` of four.
public final class LakeServer implements AutoCloseable {
    public static final int NUMBERS = 10_000;
    public static final int LINES = 4_000;

    /// Runs for minutes and gives no row before its end. The large side of each join is the one that is read
    /// through: the other is put together in one piece, which nothing interrupts.
    public static final String ENDLESS = "SELECT count(*) AS c FROM numbers c,"
            + " (SELECT a.n AS x, b.n AS y FROM numbers a, numbers b) ab WHERE (c.n + x * y) % 1000003 = 7";
    /// Gives rows for minutes.
    public static final String MANY_ROWS = "SELECT a.n * 10000 + b.n AS p FROM numbers a CROSS JOIN numbers b";

    private static final int LINES_FILES = 4;
    /// How soon the work of a cancelled query ends.
    private static final Duration STOPS_WITHIN = Duration.ofSeconds(1);

    private static final Duration LOOK = Duration.ofMillis(200);
    /// Of one processor.
    private static final double IDLE = 0.1;

    private static final double BUSY = 0.3;
    private static final String ENGINE_THREAD = "bowyer-cpu";
    /// USER_HZ, which is the same on every Linux.
    private static final int TICKS_PER_SECOND = 100;

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
                      http: "off"
                    datasets:
                      - { name: numbers, from: "%1$s/numbers.csv" }
                      - { name: lake.lines, from: "%1$s/lines", format: csv }
                    """.formatted(folder));
            return of(config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Another one, of the datasets that its configuration names.
    ///
    /// @param yaml without `server`
    public static LakeServer start(Path folder, String yaml) {
        try {
            String server = "server: { flight: \"127.0.0.1:0\", http: off }\n";
            return of(Files.writeString(folder.resolve("bowyer.yaml"), server + yaml));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static LakeServer of(Path config) {
        return new LakeServer(App.start(ConfigLoader.load(config, Map.of()), App.BadDatasets.FAIL));
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

    /// Of the engine's threads: how many processors they use. Linux tells it for each thread; those of the tests,
    /// the compiler and the collector do not count.
    private static final class CpuLoad {
        private long cpuTicks = ticks();
        private long wallNanos = System.nanoTime();

        double sinceLast() {
            long cpu = ticks();
            long wall = System.nanoTime();
            double seconds = (double) (cpu - cpuTicks) / TICKS_PER_SECOND;
            double load = seconds * TimeUnit.SECONDS.toNanos(1) / (wall - wallNanos);
            cpuTicks = cpu;
            wallNanos = wall;
            return load;
        }

        private static long ticks() {
            try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
                return threads.mapToLong(CpuLoad::ticksOf).sum();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static long ticksOf(Path thread) {
            try {
                String stat = Files.readString(thread.resolve("stat"));
                int nameEnd = stat.lastIndexOf(')');
                String[] afterName = stat.substring(nameEnd + 2).split(" ", -1);
                boolean ofEngine =
                        stat.substring(stat.indexOf('(') + 1, nameEnd).startsWith(ENGINE_THREAD);
                return ofEngine ? Long.parseLong(afterName[11]) + Long.parseLong(afterName[12]) : 0;
            } catch (IOException _) {
                // It has ended.
                return 0;
            }
        }
    }
}
