package dev.bowyer.clients;

import static dev.bowyer.clients.FlightClients.JAVA;
import static dev.bowyer.clients.FlightClients.assertStatus;
import static dev.bowyer.clients.FlightClients.header;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.StringValue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.ActionType;
import org.apache.arrow.flight.CallOptions;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PollInfo;
import org.apache.arrow.flight.RenewFlightEndpointRequest;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What Apache Arrow's Flight integration scenarios exercise, as far as it applies to a server of data that is
/// there already.
@SuppressWarnings("try") // Arrow's clients say that closing them may be interrupted.
final class FlightScenariosTest {
    @TempDir
    private static Path folder;

    private static LakeServer server;
    private FlightClients clients;
    private FlightClient flight;

    @BeforeAll
    static void startServer() {
        server = LakeServer.start(folder);
    }

    @AfterAll
    static void closeServer() {
        server.close();
    }

    @BeforeEach
    void connect() {
        clients = FlightClients.of(server);
        flight = clients.flight();
    }

    @AfterEach
    void disconnect() throws Exception {
        clients.close();
    }

    @Test
    @ClientFeature(client = JAVA, feature = "list datasets")
    void datasetsAreListedAndFetched() throws Exception {
        List<FlightInfo> infos = new ArrayList<>();
        flight.listFlights(Criteria.ALL).forEach(infos::add);
        assertThat(infos)
                .extracting(info -> info.getDescriptor().getPath().getLast())
                .containsExactly("lines", "numbers");
        assertThat(clients.rows(infos.getFirst())).hasSize(LakeServer.LINES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"numbers", "public.numbers", "public/numbers"})
    @ClientFeature(client = JAVA, feature = "PATH descriptors")
    void aPathIsEchoedAndRead(String path) throws Exception {
        FlightDescriptor descriptor = FlightDescriptor.path(path.split("/"));
        FlightInfo info = flight.getInfo(descriptor);
        assertThat(info.getDescriptor()).isEqualTo(descriptor);
        assertThat(flight.getSchema(descriptor).getSchema())
                .isEqualTo(info.getSchemaOptional().orElseThrow());
        assertThat(clients.rows(info)).hasSize(LakeServer.NUMBERS);
    }

    @Test
    @ClientFeature(client = JAVA, feature = "read commands in JSON")
    void aJsonCommandChoosesColumnsAndRows() throws Exception {
        String command = "{\"dataset\":[\"lake\",\"lines\"],\"columns\":[\"name\"],\"filter\":\"n < 3\"}";
        FlightInfo info = flight.getInfo(FlightDescriptor.command(command.getBytes(StandardCharsets.UTF_8)));
        assertThat(clients.rows(info)).containsExactlyInAnyOrder(List.of("even"), List.of("odd"), List.of("even"));
    }

    @Test
    @ClientFeature(client = JAVA, feature = "plain tickets")
    void aNameIsATicket() throws Exception {
        try (FlightStream stream = flight.getStream(new Ticket("lake.lines".getBytes(StandardCharsets.UTF_8)))) {
            long rows = 0;
            while (stream.next()) {
                rows += stream.getRoot().getRowCount();
            }
            assertThat(rows).isEqualTo(LakeServer.LINES);
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "ordered results")
    void anOrderedResultIsOneEndpointInOrder() throws Exception {
        FlightInfo info =
                clients.sql().execute("SELECT n FROM lake.lines ORDER BY n", header("x-bowyer-parallelism", "4"));
        assertThat(info.getEndpoints()).hasSize(1);
        assertThat(clients.column(info))
                .containsExactlyElementsOf(
                        LongStream.range(0, LakeServer.LINES).boxed().toList());
    }

    @Test
    @ClientFeature(client = JAVA, feature = "parallel endpoints")
    void partsHaveEveryRowOnce() throws Exception {
        FlightInfo info = clients.sql().execute("SELECT n FROM lake.lines", header("x-bowyer-parallelism", "4"));
        assertThat(info.getEndpoints()).hasSize(4);
        assertThat(info.getOrdered()).isFalse();
        assertThat(clients.column(info))
                .containsExactlyInAnyOrderElementsOf(
                        LongStream.range(0, LakeServer.LINES).boxed().toList());
    }

    @Test
    @ClientFeature(client = JAVA, feature = "tickets read twice")
    void aTicketIsGoodUntilItExpires() throws Exception {
        FlightInfo info = clients.sql().execute("SELECT n FROM numbers WHERE n < 5");
        assertThat(info.getEndpoints())
                .singleElement()
                .satisfies(endpoint -> assertThat(endpoint.getExpirationTime())
                        .hasValueSatisfying(expiry -> assertThat(expiry).isAfter(Instant.now())));
        assertThat(clients.rows(info)).hasSize(5).isEqualTo(clients.rows(info));
    }

    @Test
    @ClientFeature(client = JAVA, feature = "RenewFlightEndpoint")
    void aRenewedEndpointExpiresLater() throws Exception {
        FlightInfo info = clients.sql().execute("SELECT n FROM numbers WHERE n < 5");
        FlightEndpoint endpoint = info.getEndpoints().getFirst();
        FlightEndpoint renewed = flight.renewFlightEndpoint(new RenewFlightEndpointRequest(endpoint));
        assertThat(renewed.getExpirationTime().orElseThrow())
                .isAfterOrEqualTo(endpoint.getExpirationTime().orElseThrow());
        try (FlightStream stream = flight.getStream(renewed.getTicket())) {
            assertThat(stream.next()).isTrue();
            assertThat(stream.getRoot().getRowCount()).isEqualTo(5);
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "app_metadata")
    void anInfoTellsTheQueryId() {
        FlightInfo info = clients.sql().execute("SELECT 1");
        assertThat(new String(info.getAppMetadata(), StandardCharsets.UTF_8)).matches("\\{\"query_id\":\"[0-9a-f]+\"}");
    }

    @Test
    @ClientFeature(client = JAVA, feature = "list actions")
    void actionsAreListedWithADescription() {
        List<ActionType> actions = new ArrayList<>();
        flight.listActions().forEach(actions::add);
        assertThat(actions).allMatch(action -> !action.getDescription().isBlank());
        assertThat(actions)
                .extracting(ActionType::getType)
                .contains(
                        "CancelFlightInfo",
                        "RenewFlightEndpoint",
                        "SetSessionOptions",
                        "GetSessionOptions",
                        "CloseSession",
                        "CreatePreparedStatement",
                        "ClosePreparedStatement",
                        "CancelQuery")
                .doesNotContain("BeginTransaction", "BeginSavepoint");
    }

    @Test
    @ClientFeature(client = JAVA, feature = "CancelFlightInfo")
    void cancelFlightInfoStopsTheWork() throws Exception {
        FlightInfo info = clients.sql().execute(LakeServer.ENDLESS);
        try (FlightStream stream =
                flight.getStream(info.getEndpoints().getFirst().getTicket())) {
            LakeServer.awaitWork();
            assertThat(flight.cancelFlightInfo(new CancelFlightInfoRequest(info))
                            .getStatus())
                    .isIn(CancelStatus.CANCELLED, CancelStatus.CANCELLING);
            LakeServer.assertWorkStops();
            assertStatus(FlightStatusCode.CANCELLED, "", stream::next);
        }
        FlightInfo over = clients.sql().execute("SELECT 1");
        assertThat(clients.rows(over)).hasSize(1);
        assertThat(flight.cancelFlightInfo(
                                new CancelFlightInfoRequest(clients.sql().execute("SELECT 1")))
                        .getStatus())
                .isEqualTo(CancelStatus.CANCELLED);
    }

    @Test
    @ClientFeature(client = JAVA, feature = "CancelQuery")
    @SuppressWarnings("deprecation")
    void cancelQueryIsTheOlderFormOfIt() throws Exception {
        FlightInfo info = clients.sql().execute(LakeServer.ENDLESS);
        try (FlightStream stream =
                flight.getStream(info.getEndpoints().getFirst().getTicket())) {
            LakeServer.awaitWork();
            assertThat(clients.sql().cancelQuery(info).name()).isEqualTo("CANCELLED");
            LakeServer.assertWorkStops();
            assertStatus(FlightStatusCode.CANCELLED, "", stream::next);
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "gRPC cancel")
    void cancellingTheStreamStopsTheWork() throws Exception {
        FlightInfo info = clients.sql().execute(LakeServer.ENDLESS);
        try (FlightStream stream =
                flight.getStream(info.getEndpoints().getFirst().getTicket())) {
            LakeServer.awaitWork();
            stream.cancel("no longer wanted", null);
            LakeServer.assertWorkStops();
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "query timeout")
    void aDeadlineStopsTheWork() throws Exception {
        FlightInfo info = clients.sql().execute(LakeServer.ENDLESS);
        try (FlightStream stream = flight.getStream(
                info.getEndpoints().getFirst().getTicket(), CallOptions.timeout(1, TimeUnit.SECONDS))) {
            assertStatus(FlightStatusCode.TIMED_OUT, "", stream::next);
            LakeServer.assertWorkStops();
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "PollFlightInfo")
    void pollingEndsWithTheRows() throws Exception {
        PollInfo poll =
                flight.pollInfo(query("SELECT count(*) AS c FROM numbers a, numbers b WHERE a.n * b.n % 7 = 3"));
        double progress = 0;
        while (poll.getFlightDescriptor().isPresent()) {
            assertThat(poll.getProgress().orElse(progress)).isBetween(progress, 1.0);
            progress = poll.getProgress().orElse(progress);
            assertThat(poll.getExpirationTime())
                    .hasValueSatisfying(expiry -> assertThat(expiry).isAfter(Instant.now()));
            poll = flight.pollInfo(poll.getFlightDescriptor().get());
        }
        assertThat(poll.getProgress()).isIn(Optional.empty(), Optional.of(1.0));
        assertThat(clients.rows(poll.getFlightInfo())).hasSize(1);
    }

    @Test
    @ClientFeature(client = JAVA, feature = "cancel while polling")
    void aPolledQueryIsCancelledByItsInfo() {
        PollInfo poll = flight.pollInfo(query(LakeServer.ENDLESS));
        assertThat(poll.getFlightDescriptor()).isPresent();
        LakeServer.awaitWork();
        flight.cancelFlightInfo(new CancelFlightInfoRequest(poll.getFlightInfo()));
        LakeServer.assertWorkStops();
        FlightDescriptor next = poll.getFlightDescriptor().orElseThrow();
        assertStatus(FlightStatusCode.CANCELLED, "", () -> flight.pollInfo(next));
    }

    @Test
    @ClientFeature(client = JAVA, feature = "unknown commands are refused")
    void whatTheServerDoesNotKnowItNames() {
        FlightDescriptor unknown =
                FlightDescriptor.command(Any.pack(StringValue.of("x")).toByteArray());
        assertStatus(FlightStatusCode.UNIMPLEMENTED, "StringValue", () -> flight.getInfo(unknown));
        assertStatus(
                FlightStatusCode.UNIMPLEMENTED,
                "brew",
                () -> flight.doAction(new Action("brew")).next());
        assertStatus(FlightStatusCode.NOT_FOUND, "nmbers", () -> flight.getInfo(FlightDescriptor.path("nmbers")));
        assertStatus(
                FlightStatusCode.INVALID_ARGUMENT,
                "",
                () -> flight.getInfo(FlightDescriptor.command(new byte[] {(byte) 0xFF, 0, 1})));
        Ticket foreign = new Ticket(new byte[] {1, 2, 3, 4});
        assertStatus(FlightStatusCode.INVALID_ARGUMENT, "", () -> {
            try (FlightStream stream = flight.getStream(foreign)) {
                stream.next();
            }
        });
    }

    @Test
    @ClientFeature(client = JAVA, feature = "DoExchange", works = false, note = "refused in plain words")
    void exchangesAreRefused() throws Exception {
        try (FlightClient.ExchangeReaderWriter exchange = flight.doExchange(FlightDescriptor.path("numbers"))) {
            assertStatus(
                    FlightStatusCode.UNIMPLEMENTED,
                    "DoExchange",
                    () -> exchange.getReader().next());
        }
    }

    private static FlightDescriptor query(String sql) {
        return FlightDescriptor.command(Any.pack(FlightSql.CommandStatementQuery.newBuilder()
                        .setQuery(sql)
                        .build())
                .toByteArray());
    }
}
