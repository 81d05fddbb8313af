package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// PollFlightInfo: a query that runs before anyone fetches it.
final class PollTest {
    private static final String SLOW = "SELECT slow FROM trips";

    private final ScriptedEngine.Gate gate = new ScriptedEngine.Gate();
    private final ScriptedEngine engine = new ScriptedEngine()
            .scriptOtherwise(ScriptedEngine.messages(2, 3))
            .script(SLOW, new ScriptedEngine.Stall(gate), new ScriptedEngine.Rows(2), new ScriptedEngine.Rows(2));

    @AutoClose
    private final TestServer server = new TestServer(engine);

    @AutoClose
    private final RawClient client = new RawClient(server);

    @BeforeEach
    void register() {
        server.register("trips", "trips.parquet");
    }

    @Test
    void aShortQueryIsDoneAtOnceAndFetchedFromTheSameRun() {
        Flight.PollInfo poll = client.plain().pollFlightInfo(RawClient.sql("SELECT n FROM trips"));
        assertThat(poll.hasFlightDescriptor()).isFalse();
        assertThat(poll.getProgress()).isEqualTo(1.0);
        assertThat(poll.getInfo().getFlightDescriptor()).isEqualTo(RawClient.sql("SELECT n FROM trips"));
        assertThat(server.queries().running().all()).hasSize(1);
        assertThat(RawClient.numbers(
                        client.plain(), poll.getInfo().getEndpoint(0).getTicket()))
                .containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(engine.planned()).isEqualTo(1);
    }

    @Test
    void aLongQueryHasNoEndpointUntilItsRowsAreThere() {
        Flight.PollInfo first = client.plain().pollFlightInfo(RawClient.sql(SLOW));
        assertThat(first.getInfo().getEndpointList()).isEmpty();
        assertThat(first.getInfo().getSchema()).isNotEmpty();
        assertThat(first.hasExpirationTime()).isTrue();
        assertThat(first.getProgress()).isBetween(0.0, 1.0);
        Flight.PollInfo second = client.plain().pollFlightInfo(first.getFlightDescriptor());
        assertThat(second.getInfo().getEndpointList()).isEmpty();
        gate.open();
        Flight.PollInfo last = client.plain().pollFlightInfo(second.getFlightDescriptor());
        assertThat(last.hasFlightDescriptor()).isFalse();
        assertThat(last.getInfo().getFlightDescriptor()).isEqualTo(RawClient.sql(SLOW));
        assertThat(last.getInfo().getSchema()).isEqualTo(first.getInfo().getSchema());
        Flight.Ticket ticket = last.getInfo().getEndpoint(0).getTicket();
        assertThat(RawClient.numbers(client.plain(), ticket)).containsExactly(0L, 1L, 2L, 3L);
        assertThat(engine.planned()).isEqualTo(1);
        assertThat(RawClient.numbers(client.plain(), ticket)).hasSize(4);
    }

    @Test
    void aReaderThatComesBeforeTheRowsGetsThemToo() throws Exception {
        Flight.PollInfo first = client.plain().pollFlightInfo(RawClient.sql(SLOW));
        Flight.PollInfo known = client.plain().pollFlightInfo(RawClient.sql("SELECT n FROM trips"));
        Thread opener = Thread.ofPlatform().start(gate::open);
        Flight.PollInfo last = client.plain().pollFlightInfo(first.getFlightDescriptor());
        opener.join();
        assertThat(RawClient.numbers(
                        client.plain(), last.getInfo().getEndpoint(0).getTicket()))
                .hasSize(4);
        assertThat(RawClient.numbers(
                        client.plain(), known.getInfo().getEndpoint(0).getTicket()))
                .hasSize(6);
    }

    @Test
    void theFailureOfTheQueryIsThatOfThePoll() {
        engine.script(
                "SELECT fails FROM trips",
                new ScriptedEngine.Fail(new ServiceException(ErrorCode.INVALID_VALUE, "overflow")));
        Status status =
                RawClient.failure(() -> client.plain().pollFlightInfo(RawClient.sql("SELECT fails FROM trips")));
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).contains("overflow");
        await().untilAsserted(() -> assertThat(engine.stats().handles()).isLessThanOrEqualTo(1));
        assertThat(server.queries().running().all()).isEmpty();
    }

    @Test
    void aPolledQueryCanBeCancelledByItsInfo() {
        Flight.PollInfo poll = client.plain().pollFlightInfo(RawClient.sql(SLOW));
        ByteString body = Flight.CancelFlightInfoRequest.newBuilder()
                .setInfo(poll.getInfo())
                .build()
                .toByteString();
        RawClient.act(client.plain(), "CancelFlightInfo", body);
        await().atMost(Duration.ofSeconds(1))
                .untilAsserted(() -> assertThat(engine.stats().handles()).isZero());
        assertThat(RawClient.failure(() -> RawClient.act(client.plain(), "CancelFlightInfo", body))
                        .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThat(RawClient.failure(() -> client.plain().pollFlightInfo(poll.getFlightDescriptor()))
                        .getCode())
                .isEqualTo(Status.Code.CANCELLED);
    }

    @Test
    void aMetadataCommandIsDoneAtOnce() {
        Flight.PollInfo poll =
                client.plain().pollFlightInfo(RawClient.command(FlightSql.CommandGetCatalogs.getDefaultInstance()));
        assertThat(poll.hasFlightDescriptor()).isFalse();
        assertThat(poll.getInfo().getEndpointList()).hasSize(1);
    }

    @Test
    void aHandleOfAPollIsForNothingElse() {
        Flight.FlightDescriptor handle =
                client.plain().pollFlightInfo(RawClient.sql(SLOW)).getFlightDescriptor();
        for (Runnable call : List.<Runnable>of(
                () -> client.plain().getFlightInfo(handle),
                () -> client.plain().getSchema(handle),
                () -> RawClient.numbers(client.plain(), RawClient.ticket(handle.getCmd())))) {
            assertThat(RawClient.failure(call).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        }
        gate.open();
    }
}
