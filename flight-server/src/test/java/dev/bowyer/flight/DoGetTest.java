package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.engine.ScriptedEngine.Fail;
import dev.bowyer.engine.ScriptedEngine.Gate;
import dev.bowyer.engine.ScriptedEngine.Rows;
import dev.bowyer.engine.ScriptedEngine.Stall;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.wire.ZeroCopyProbe;
import dev.bowyer.query.QueryEvent;
import io.grpc.MethodDescriptor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
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
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
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
        ScriptedEngine engine = giving(40, LARGE);
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.getSchema()).isEqualTo(TestServer.RESULT_SCHEMA);
            assertThat(readAll(stream)).isEqualTo(40L * LARGE);
            await().untilAsserted(() -> assertThat(engine.stats().handles()).isZero());
            assertThat(server.events().getLast())
                    .isInstanceOfSatisfying(
                            QueryEvent.Ended.class,
                            ended -> assertThat(ended.outcome()).isEqualTo(new QueryEvent.Finished()));
        }
    }

    @Test
    void anEmptyResultIsASchemaAlone() throws Exception {
        try (TestServer server = serving(giving(0, 1));
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.getSchema()).isEqualTo(TestServer.RESULT_SCHEMA);
            assertThat(readAll(stream)).isZero();
        }
    }

    @Test
    void aStalledReaderCostsBoundedMemoryAndReadsOn() throws Exception {
        ScriptedEngine engine = giving(100, LARGE);
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            await().during(Duration.ofMillis(500))
                    .atMost(Duration.ofSeconds(10))
                    .until(() -> engine.stats().memoryUsed() > 0);
            assertThat(engine.stats().memoryPeak())
                    .isLessThanOrEqualTo(DoGetHandler.ON_READY_THRESHOLD + 3L * LARGE * Long.BYTES);
            assertThat(stream.getRoot().getRowCount() + readAll(stream, LARGE)).isEqualTo(100L * LARGE);
            // The half second above, at least.
            await().untilAsserted(() -> assertThat(server.events().getLast()).isInstanceOf(QueryEvent.Ended.class));
            assertThat(server.events().stream()
                            .filter(QueryEvent.Stalled.class::isInstance)
                            .mapToLong(event ->
                                    ((QueryEvent.Stalled) event).waited().toMillis())
                            .sum())
                    .isBetween(400L, 60_000L);
        }
    }

    @Test
    void aCancelInTheMiddleFreesEverythingAtOnce() throws Exception {
        ScriptedEngine engine = giving(1_000, LARGE);
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            stream.cancel("enough", null);
            await().atMost(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(engine.stats().handles()).isZero());
        }
    }

    @Test
    void aClientThatDiesFreesEverythingAtOnce() throws Exception {
        ScriptedEngine engine = giving(1_000, LARGE);
        try (TestServer server = serving(engine)) {
            try (FlightClient client = server.connect();
                    FlightStream stream = client.getStream(TRIPS)) {
                assertThat(stream.next()).isTrue();
            }
            await().atMost(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(engine.stats().handles()).isZero());
        }
    }

    @Test
    void aFailureAfterSomeRowsIsAnErrorAndNeverAShortResult() throws Exception {
        ScriptedEngine engine = new ScriptedEngine()
                .scriptOtherwise(
                        new Rows(500), new Fail(new ServiceException(ErrorCode.MEMORY_LIMIT, "out of memory")));
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThatThrownBy(() -> readAll(stream))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.RESOURCE_EXHAUSTED))
                    .hasMessageContaining("MEMORY_LIMIT: out of memory")
                    .hasMessageContaining("[query ");
        }
    }

    @Test
    void theDeadlineOfTheCallStopsTheRun() throws Exception {
        ScriptedEngine engine = new ScriptedEngine().scriptOtherwise(new Rows(100), new Stall(new Gate()));
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS, CallOptions.timeout(300, TimeUnit.MILLISECONDS))) {
            assertThatThrownBy(() -> readAll(stream))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.TIMED_OUT));
            await().atMost(Duration.ofSeconds(1))
                    .untilAsserted(() -> assertThat(engine.stats().handles()).isZero());
        }
    }

    @Test
    void cancelFlightInfoStopsTheRun() throws Exception {
        ScriptedEngine engine = new ScriptedEngine().scriptOtherwise(new Rows(100), new Stall(new Gate()));
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
                    .untilAsserted(
                            () -> assertThatThrownBy(() -> client.cancelFlightInfo(new CancelFlightInfoRequest(info)))
                                    .hasMessageContaining("QUERY_NOT_FOUND"));
        }
    }

    @Test
    void aQueryThatRanToItsEndCannotBeCancelled() throws Exception {
        try (TestServer server = serving(giving(2, 3));
                FlightClient client = server.connect()) {
            FlightInfo info = client.getInfo(FlightDescriptor.path("trips"));
            try (FlightStream stream =
                    client.getStream(info.getEndpoints().getFirst().getTicket())) {
                assertThat(readAll(stream)).isEqualTo(6);
            }
            assertThatThrownBy(() -> client.cancelFlightInfo(new CancelFlightInfoRequest(info)))
                    .hasMessageContaining("QUERY_NOT_FOUND");
        }
    }

    @Test
    void aSecondTicketIsRefused() throws Exception {
        MethodDescriptor<Flight.Ticket, Flight.FlightData> method = FlightServiceGrpc.getDoGetMethod().toBuilder()
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .build();
        Flight.Ticket ticket = Flight.Ticket.getDefaultInstance();
        try (TestServer server = serving(giving(2, 3))) {
            assertThat(server.status(method, List.of(ticket, ticket), true).getDescription())
                    .contains("DoGet takes one ticket");
            assertThat(server.status(method, List.of(), true).getDescription()).contains("DoGet without a ticket");
        }
    }

    @Test
    void closingTheServerEndsAStalledStreamWithinItsBound() throws Exception {
        ScriptedEngine engine = giving(1_000, LARGE);
        try (TestServer server = serving(engine);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            server.stop();
            assertThat(engine.stats().activeQueries()).isZero();
        }
    }

    private static ScriptedEngine giving(int messages, int rows) {
        return new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(messages, rows));
    }

    private static TestServer serving(ScriptedEngine engine) {
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
            BigIntVector n = (BigIntVector) stream.getRoot().getVector("n");
            for (int i = 0; i < n.getValueCount(); i++) {
                if (n.get(i) != expected) {
                    throw new AssertionError("row " + expected + " holds " + n.get(i));
                }
                expected++;
            }
        }
        return expected - first;
    }
}
