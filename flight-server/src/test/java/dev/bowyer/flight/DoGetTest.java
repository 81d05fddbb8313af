package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.flight.wire.ZeroCopyProbe;
import dev.bowyer.query.QueryEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.vector.BigIntVector;
import org.junit.jupiter.api.Test;

/// Streams under everything that can happen to them.
@SuppressWarnings("try") // Arrow's clients say that closing them may be interrupted.
final class DoGetTest {
    private static final Ticket TRIPS = new Ticket("trips".getBytes(StandardCharsets.UTF_8));
    /// Rows of a message with a body of 1 MiB.
    private static final int LARGE = 128 * 1024;

    @Test
    void grpcTakesFramesWithoutCopies() {
        assertThat(ZeroCopyProbe.inForce()).isTrue();
    }

    @Test
    void everyRowArrivesOnceAndInOrder() throws Exception {
        FakeEngine engine = new FakeEngine(FakeEngine.Script.of(40, LARGE));
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.getSchema()).isEqualTo(FakeEngine.SCHEMA);
            assertThat(readAll(stream)).isEqualTo(40L * LARGE);
            await().untilAsserted(() -> assertThat(engine.memory.handles()).isZero());
            assertThat(server.events().getLast())
                    .isInstanceOfSatisfying(
                            QueryEvent.Ended.class,
                            ended -> assertThat(ended.outcome()).isEqualTo(new QueryEvent.Finished()));
        }
    }

    @Test
    void anEmptyResultIsASchemaAlone() throws Exception {
        try (TestServer server = serving(new FakeEngine(FakeEngine.Script.of(0, 1)));
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.getSchema()).isEqualTo(FakeEngine.SCHEMA);
            assertThat(readAll(stream)).isZero();
        }
    }

    @Test
    void aStalledReaderCostsBoundedMemoryAndReadsOn() throws Exception {
        FakeEngine engine = new FakeEngine(FakeEngine.Script.of(100, LARGE));
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            await().during(Duration.ofMillis(500))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> engine.memory.heldBytes() > 0);
            assertThat(engine.memory.peakBytes())
                    .isLessThanOrEqualTo(DoGetHandler.ON_READY_THRESHOLD + 3L * LARGE * Long.BYTES);
            assertThat(stream.getRoot().getRowCount() + readAll(stream, LARGE)).isEqualTo(100L * LARGE);
        }
    }

    @Test
    void aCancelInTheMiddleFreesEverythingAtOnce() throws Exception {
        FakeEngine engine = new FakeEngine(FakeEngine.Script.of(1_000, LARGE));
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            stream.cancel("enough", null);
            await().atMost(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(engine.memory.handles()).isZero());
        }
    }

    @Test
    void aClientThatDiesFreesEverythingAtOnce() throws Exception {
        FakeEngine engine = new FakeEngine(FakeEngine.Script.of(1_000, LARGE));
        try (TestServer server = serving(engine)) {
            try (FlightClient client = server.connect();
                    FlightStream stream = client.getStream(TRIPS)) {
                assertThat(stream.next()).isTrue();
            }
            await().atMost(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(engine.memory.handles()).isZero());
        }
    }

    @Test
    void aFailureAfterSomeRowsIsAnErrorAndNeverAShortResult() throws Exception {
        FakeEngine engine = new FakeEngine(FakeEngine.Script.of(10, 100).failingAt(5));
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThatThrownBy(() -> readAll(stream))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.RESOURCE_EXHAUSTED))
                    .hasMessageContaining("MEMORY_LIMIT: out of memory at message 5")
                    .hasMessageContaining("[query ");
        }
    }

    @Test
    void theDeadlineOfTheCallStopsTheRun() throws Exception {
        FakeEngine engine = new FakeEngine(FakeEngine.Script.of(10, 100).stallingAt(2));
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS, CallOptions.timeout(300, TimeUnit.MILLISECONDS))) {
            assertThatThrownBy(() -> readAll(stream))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.TIMED_OUT));
            await().atMost(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(engine.memory.handles()).isZero());
        }
    }

    @Test
    void cancelFlightInfoStopsTheRun() throws Exception {
        FakeEngine engine = new FakeEngine(FakeEngine.Script.of(10, 100).stallingAt(2));
        try (TestServer server = serving(engine);
                FlightClient client = server.connect()) {
            FlightInfo info = client.getInfo(FlightDescriptor.path("trips"));
            try (FlightStream stream =
                    client.getStream(info.getEndpoints().getFirst().getTicket())) {
                assertThat(stream.next()).isTrue();
                assertThat(client.cancelFlightInfo(new CancelFlightInfoRequest(info))
                                .getStatus())
                        .isEqualTo(CancelStatus.CANCELLED);
            }
            // The run may need a moment to end; until then it can be cancelled again.
            await().atMost(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThatThrownBy(
                                    () -> client.cancelFlightInfo(new CancelFlightInfoRequest(info)))
                            .hasMessageContaining("QUERY_NOT_FOUND"));
        }
    }

    @Test
    void closingTheServerEndsAStalledStreamWithinItsBound() throws Exception {
        FakeEngine engine = new FakeEngine(FakeEngine.Script.of(1_000, LARGE));
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            server.stop();
            assertThat(engine.memory.streams()).isZero();
        }
    }

    private static TestServer serving(FakeEngine engine) {
        TestServer server = new TestServer(engine);
        server.register("trips", "trips.parquet");
        return server;
    }

    private static long readAll(FlightStream stream) {
        return readAll(stream, 0);
    }

    /// Checks that the numbers count up from `first`; returns how many came.
    private static long readAll(FlightStream stream, long first) {
        long expected = first;
        while (stream.next()) {
            BigIntVector x = (BigIntVector) stream.getRoot().getVector("x");
            for (int i = 0; i < x.getValueCount(); i++) {
                if (x.get(i) != expected) {
                    throw new AssertionError("row " + expected + " holds " + x.get(i));
                }
                expected++;
            }
        }
        return expected - first;
    }
}
