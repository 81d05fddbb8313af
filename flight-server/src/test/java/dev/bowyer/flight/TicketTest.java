package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Seal;
import dev.bowyer.engine.ScriptedEngine;
import io.grpc.Status;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.impl.Flight;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Issued tickets: whom they serve, and where, and for how long; and the endpoints around them.
final class TicketTest {
    private static final Flight.FlightDescriptor NUMBERS = RawClient.sql("SELECT n FROM trips");

    private final Seal seal = Seal.ofRandomKey();
    private final ScriptedEngine engine = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(6, 3));

    @AutoClose
    private final TestServer server = new TestServer(engine, seal, Authenticator.open(), TestServer.SETTINGS);

    @AutoClose
    private final RawClient client = new RawClient(server);

    @BeforeEach
    void register() {
        server.register("trips", "trips.parquet");
    }

    @Test
    void aTicketServesTwiceAndOnAnyReplicaWithTheKey() {
        Flight.Ticket ticket = onlyTicket(client.plain().getFlightInfo(NUMBERS));
        List<Long> rows = RawClient.numbers(client.plain(), ticket);
        assertThat(RawClient.numbers(client.plain(), ticket)).isEqualTo(rows).hasSize(18);
        ScriptedEngine same = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(6, 3));
        try (TestServer replica = new TestServer(same, seal, Authenticator.open(), TestServer.SETTINGS);
                RawClient elsewhere = new RawClient(replica)) {
            replica.register("trips", "trips.parquet");
            assertThat(RawClient.numbers(elsewhere.plain(), ticket)).isEqualTo(rows);
        }
    }

    @Test
    void aTicketThatWasChangedOrCutIsRefused() {
        ByteString ticket = onlyTicket(client.plain().getFlightInfo(NUMBERS)).getTicket();
        for (int i = 1; i < ticket.size(); i += 7) {
            byte[] flipped = ticket.toByteArray();
            flipped[i] ^= 0x20;
            assertRefused(ByteString.copyFrom(flipped));
            assertRefused(ticket.substring(0, i));
        }
        assertThat(engine.planned()).isEqualTo(1);
    }

    @Test
    void aForeignTicketSaysSo() {
        try (TestServer stranger = new TestServer(new ScriptedEngine().scriptOtherwise());
                RawClient elsewhere = new RawClient(stranger)) {
            Flight.Ticket ticket = onlyTicket(client.plain().getFlightInfo(NUMBERS));
            Status status = RawClient.failure(() -> RawClient.numbers(elsewhere.plain(), ticket));
            assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(status.getDescription()).contains("another key", "ask for the flight info again");
        }
    }

    @Test
    void anExpiredTicketSaysSoAndARenewedOneServes() {
        ScriptedEngine other = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(6, 3));
        FlightSettings brief = new FlightSettings(
                "127.0.0.1", 0, null, Duration.ZERO, "test", Duration.ofSeconds(-1), true, false, Duration.ZERO);
        try (TestServer hasty = new TestServer(other, seal, Authenticator.open(), brief);
                RawClient there = new RawClient(hasty)) {
            hasty.register("trips", "trips.parquet");
            Flight.FlightEndpoint expired = there.plain().getFlightInfo(NUMBERS).getEndpoint(0);
            Status status = RawClient.failure(() -> RawClient.numbers(client.plain(), expired.getTicket()));
            assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(status.getDescription()).contains("TICKET_EXPIRED", "ask for the flight info again");
        }
        Flight.FlightEndpoint endpoint = client.plain().getFlightInfo(NUMBERS).getEndpoint(0);
        ByteString body = Flight.RenewFlightEndpointRequest.newBuilder()
                .setEndpoint(endpoint)
                .build()
                .toByteString();
        Flight.FlightEndpoint renewed = endpoint(RawClient.act(client.plain(), "RenewFlightEndpoint", body));
        assertThat(renewed.getExpirationTime().getSeconds())
                .isGreaterThanOrEqualTo(endpoint.getExpirationTime().getSeconds());
        assertThat(RawClient.numbers(client.plain(), renewed.getTicket())).hasSize(18);
    }

    @Test
    void partsHoldEachRowOnceAndAreOptIn() {
        assertThat(client.plain().getFlightInfo(NUMBERS).getEndpointList()).hasSize(1);
        Flight.FlightInfo info = client.with("x-bowyer-parallelism", "4").getFlightInfo(NUMBERS);
        assertThat(info.getEndpointList()).hasSize(4);
        assertThat(info.getOrdered()).isFalse();
        List<Long> all = new ArrayList<>();
        for (Flight.FlightEndpoint endpoint : info.getEndpointList()) {
            all.addAll(RawClient.numbers(client.plain(), endpoint.getTicket()));
        }
        assertThat(all).hasSize(18).doesNotHaveDuplicates();
        assertThat(engine.planned()).isEqualTo(2);
        Flight.FlightDescriptor ordered = RawClient.sql("SELECT n FROM trips ORDER BY n");
        assertThat(client.with("x-bowyer-parallelism", "4")
                        .getFlightInfo(ordered)
                        .getEndpointList())
                .hasSize(1);
    }

    @Test
    void aPartOfOtherFilesThanWereAnnouncedIsRefused() {
        Flight.FlightInfo info = client.with("x-bowyer-parallelism", "2").getFlightInfo(NUMBERS);
        server.queries().close();
        assertThat(RawClient.numbers(client.plain(), info.getEndpoint(0).getTicket()))
                .hasSize(9);
        engine.replaceFiles(9);
        Status status = RawClient.failure(
                () -> RawClient.numbers(client.plain(), info.getEndpoint(1).getTicket()));
        assertThat(status.getCode()).isEqualTo(Status.Code.ABORTED);
        assertThat(status.getDescription()).contains("ask for the flight info again");
    }

    @Test
    void anAdvertisedAddressIsInEveryEndpoint() {
        FlightSettings settings = new FlightSettings(
                "127.0.0.1",
                0,
                URI.create("grpc://data.example.org:8815"),
                Duration.ZERO,
                "test",
                Duration.ofMinutes(1),
                false,
                true,
                Duration.ZERO);
        ScriptedEngine other = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(1, 1));
        try (TestServer advertised = new TestServer(other, seal, Authenticator.open(), settings);
                RawClient there = new RawClient(advertised)) {
            advertised.register("trips", "trips.parquet");
            Flight.FlightInfo info =
                    there.plain().getFlightInfo(RawClient.command(ByteString.copyFromUtf8("SELECT n FROM trips")));
            assertThat(info.getEndpoint(0).getLocation(0).getUri()).isEqualTo("grpc://data.example.org:8815");
            Status plain = RawClient.failure(
                    () -> RawClient.numbers(there.plain(), RawClient.ticket(ByteString.copyFromUtf8("trips"))));
            assertThat(plain.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(plain.getDescription()).contains("tickets.plain");
        }
    }

    private void assertRefused(ByteString ticket) {
        Status status = RawClient.failure(() -> RawClient.numbers(client.plain(), RawClient.ticket(ticket)));
        assertThat(status.getCode()).isIn(Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND);
    }

    private static Flight.Ticket onlyTicket(Flight.FlightInfo info) {
        assertThat(info.getEndpointList()).hasSize(1);
        return info.getEndpoint(0).getTicket();
    }

    private static Flight.FlightEndpoint endpoint(Flight.Result result) {
        try {
            return Flight.FlightEndpoint.parseFrom(result.getBody());
        } catch (com.google.protobuf.InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
