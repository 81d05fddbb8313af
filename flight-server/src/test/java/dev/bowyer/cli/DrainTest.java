package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.engine.datafusion.TpchGenerator;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The real program under SIGTERM. `-Dbowyer.drain.rounds=20` is the full dose of the first test.
@SuppressWarnings("try") // Arrow's clients say that closing them may be interrupted.
@Timeout(300)
final class DrainTest {
    private static final int STREAMS = 20;
    /// 1.5 million rows of 24 bytes: more than connections and buffers hold, so that streams go on until they are read.
    private static final String MANY = "SELECT l_orderkey, l_partkey, n_nationkey FROM lineitem CROSS JOIN nation";

    private static final long ROWS = 60_175L * 25;
    /// Has no row, and takes minutes to find out.
    private static final String SLOW = "SELECT a.l_orderkey FROM lineitem a CROSS JOIN lineitem b"
            + " WHERE a.l_orderkey * b.l_orderkey + a.l_partkey * b.l_suppkey < 0";

    @TempDir
    Path folder;

    @BeforeEach
    void data() {
        TpchGenerator.generate(0.01, folder.resolve("tpch"), 1);
    }

    @Test
    @Timeout(1_800) // of the full dose
    void streamsThatRunAreWhole() throws Exception {
        for (int round = 0; round < Integer.getInteger("bowyer.drain.rounds", 2); round++) {
            try (ServerProcess server = start("30s");
                    BufferAllocator memory = new RootAllocator()) {
                ServerProcess.Ready ready = server.ready();
                assertThat(status(ready.http())).isEqualTo(200);
                try (Streams streams = Streams.open(ready.uri(), memory, MANY)) {
                    server.terminate();
                    await().atMost(Duration.ofSeconds(20)).until(() -> status(ready.http()) == 503);
                    await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> refusesConnections(ready.uri()));
                    assertThat(streams.readAll()).hasSize(STREAMS).containsOnly(ROWS);
                }
                assertThat(server.exitCode()).as(errors()).isZero();
                refusesConnections(ready.uri());
                refusesConnections(ready.http());
            }
        }
    }

    @Test
    void aQueryBeyondTheGraceEndsAsUnavailable() throws Exception {
        try (ServerProcess server = start("500ms");
                BufferAllocator memory = new RootAllocator()) {
            ServerProcess.Ready ready = server.ready();
            CompletableFuture<Long> slow = inBackground(ready.uri(), memory, SLOW);
            runs(server);
            server.terminate();
            assertThatThrownBy(() -> slow.orTimeout(20, TimeUnit.SECONDS).join())
                    .hasCauseInstanceOf(FlightRuntimeException.class)
                    .hasMessageContaining("the server is stopping")
                    .cause()
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAVAILABLE));
            assertThat(server.exitCode()).as(errors()).isZero();
        }
    }

    @Test
    void aSecondSignalEndsItAtOnce() throws Exception {
        try (ServerProcess server = start("5m");
                BufferAllocator memory = new RootAllocator()) {
            ServerProcess.Ready ready = server.ready();
            CompletableFuture<Long> slow = inBackground(ready.uri(), memory, SLOW);
            runs(server);
            server.terminate();
            await().atMost(Duration.ofSeconds(20)).until(() -> status(ready.http()) == 503);
            assertThat(server.isAlive()).isTrue();
            server.terminate();
            assertThat(server.exitCode()).as(errors()).isEqualTo(ExitCode.FAILED);
            assertThatThrownBy(() -> slow.orTimeout(20, TimeUnit.SECONDS).join())
                    .isNotNull();
        }
    }

    private record Streams(FlightSqlClient client, List<FlightStream> all) implements AutoCloseable {
        static Streams open(URI uri, BufferAllocator memory, String sql) {
            FlightSqlClient client = new FlightSqlClient(connect(uri, memory));
            List<FlightStream> all = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                FlightStream stream = client.getStream(
                        client.execute(sql).getEndpoints().getFirst().getTicket());
                assertThat(stream.next()).isTrue();
                all.add(stream);
            }
            return new Streams(client, all);
        }

        List<Long> readAll() {
            try (ExecutorService readers = Executors.newFixedThreadPool(STREAMS)) {
                return all.stream()
                        .map(stream -> CompletableFuture.supplyAsync(() -> rows(stream), readers))
                        .toList()
                        .stream()
                        .map(CompletableFuture::join)
                        .toList();
            }
        }

        @Override
        public void close() throws Exception {
            for (FlightStream stream : all) {
                stream.close();
            }
            client.close();
        }
    }

    private static CompletableFuture<Long> inBackground(URI uri, BufferAllocator memory, String sql) {
        return CompletableFuture.supplyAsync(() -> {
            try (FlightSqlClient client = new FlightSqlClient(connect(uri, memory));
                    FlightStream stream = client.getStream(
                            client.execute(sql).getEndpoints().getFirst().getTicket())) {
                return stream.next() ? rows(stream) : 0L;
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static FlightClient connect(URI uri, BufferAllocator memory) {
        return FlightClient.builder(memory, Location.forGrpcInsecure(uri.getHost(), uri.getPort()))
                .build();
    }

    /// The batch that was read included.
    private static long rows(FlightStream stream) {
        long rows = stream.getRoot().getRowCount();
        while (stream.next()) {
            rows += stream.getRoot().getRowCount();
        }
        return rows;
    }

    /// Returns once a query computes.
    private static void runs(ServerProcess server) {
        Duration before = server.cpuTime();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> server.cpuTime().minus(before).compareTo(Duration.ofSeconds(2)) > 0);
    }

    private static int status(URI http) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(http.resolve("/health/ready"))
                    .timeout(Duration.ofSeconds(5))
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    private static void refusesConnections(URI uri) {
        assertThatThrownBy(() -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), 1_000);
                    }
                })
                .isInstanceOf(ConnectException.class);
    }

    private ServerProcess start(String drain) throws IOException {
        Path config = Files.writeString(
                folder.resolve("bowyer.yaml"),
                "server: { flight: 127.0.0.1:0, http: 127.0.0.1:0, drain: " + drain + " }\n");
        return ServerProcess.start(
                folder.resolve("stderr"),
                "serve",
                "--config",
                config.toString(),
                folder.resolve("tpch/lineitem.parquet").toString(),
                folder.resolve("tpch/nation.parquet").toString());
    }

    private String errors() throws IOException {
        return Files.readString(folder.resolve("stderr"));
    }
}
