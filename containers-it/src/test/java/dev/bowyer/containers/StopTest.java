package dev.bowyer.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightRuntimeException;
import org.junit.jupiter.api.Test;

/// What an engine's stop does to streams that run.
final class StopTest {
    private static final int STREAMS = 20;

    /// About 10 MB each, so that none fits the buffers between the server and a reader who waits.
    private static final String SQL = "SELECT l_orderkey, l_partkey FROM lineitem";

    private static final Duration MAX_WAIT = Duration.ofSeconds(30);

    @Test
    void streamsThatRunEndWhole() throws Exception {
        try (ServerContainer server = ServerContainer.ofSampleData();
                ExecutorService readers = Executors.newFixedThreadPool(STREAMS)) {
            server.start();
            CountDownLatch begun = new CountDownLatch(STREAMS);
            CountDownLatch goOn = new CountDownLatch(1);
            List<Future<Long>> rows = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                rows.add(readers.submit(() -> readWithPause(server, begun, goOn)));
            }
            assertThat(begun.await(MAX_WAIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            int port = server.flightPort();

            server.signal("TERM");
            // Only then is it known that the streams were read while the server was stopping.
            await().atMost(MAX_WAIT).until(() -> refusesNewCalls(server.getHost(), port));
            goOn.countDown();

            for (Future<Long> each : rows) {
                assertThat(each.get(MAX_WAIT.toSeconds(), TimeUnit.SECONDS)).isEqualTo(SampleData.LINEITEM_ROWS);
            }
            assertThat(server.exitCode()).isZero();
        }
    }

    @Test
    void anIdleServerEndsAtOnce() {
        try (ServerContainer server = ServerContainer.ofSampleData()) {
            server.start();
            long start = System.nanoTime();

            server.signal("TERM");

            assertThat(server.exitCode()).isZero();
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
        }
    }

    private static long readWithPause(ServerContainer server, CountDownLatch begun, CountDownLatch goOn)
            throws InterruptedException {
        try (Flight flight = Flight.connect(server.getHost(), server.flightPort());
                Flight.Rows stream = flight.open(flight.announce(SQL))) {
            long rows = stream.next();
            begun.countDown();
            goOn.await();
            return rows + stream.countRest();
        }
    }

    private static boolean refusesNewCalls(String host, int port) {
        try (Flight flight = Flight.connect(host, port)) {
            flight.announce("SELECT 1");
            return false;
        } catch (FlightRuntimeException e) {
            return true;
        }
    }
}
