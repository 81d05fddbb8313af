package dev.bowyer.flight;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.rpc.ErrorInfo;
import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Authenticator.User;
import dev.bowyer.access.Seal;
import dev.bowyer.engine.ScriptedEngine;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.grpc.CredentialCallOption;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Logins by real clients, and by one that sends what they do not.
@SuppressWarnings("try") // Arrow's clients say that closing them may be interrupted.
final class HandshakeTest {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String PASSWORD = "sésame:1";
    private static final ByteString BASIC_AUTH = Flight.BasicAuth.newBuilder()
            .setUsername("ann")
            .setPassword(PASSWORD)
            .build()
            .toByteString();
    private static final User ANN = new User("ann", "$2y$05$abcdefghijklmnopqrstuugmoINug3dIU/EplyjQP2vxgqbQs2qdG");

    private final Seal seal = Seal.ofRandomKey();

    @AutoClose
    private final TestServer server = new TestServer(
            new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(3, 4)),
            seal,
            Authenticator.of(List.of(ANN), seal, Duration.ofHours(1)),
            TestServer.SETTINGS);

    @BeforeEach
    void register() {
        server.register("trips", "trips.parquet");
    }

    @Test
    void arrowJavaLogsInByHeader() throws Exception {
        try (FlightClient client = server.connect()) {
            CredentialCallOption token =
                    client.authenticateBasicToken("ann", PASSWORD).orElseThrow();
            assertThat(client.getInfo(FlightDescriptor.path("trips"), token).getEndpoints())
                    .hasSize(1);
            try (FlightStream rows =
                    client.getStream(new org.apache.arrow.flight.Ticket("trips".getBytes(UTF_8)), token)) {
                assertThat(rows.next()).isTrue();
            }
        }
    }

    @Test
    void arrowJavaLogsInByPayload() throws Exception {
        try (FlightClient client = server.connect()) {
            client.authenticateBasic("ann", PASSWORD);
            assertThat(client.getInfo(FlightDescriptor.path("trips")).getEndpoints())
                    .hasSize(1);
        }
    }

    @Test
    void arrowJavaIsToldWhatIsWrong() throws Exception {
        try (FlightClient client = server.connect()) {
            refused(() -> client.authenticateBasicToken("ann", "wrong"), "wrong user or password");
            refused(() -> client.authenticateBasicToken("bob", PASSWORD), "wrong user or password");
            refused(() -> client.authenticateBasicToken("ann", "x".repeat(73)), "over 72 bytes");
            refused(() -> client.authenticateBasic("ann", "wrong"), "wrong user or password");
            refused(() -> client.getInfo(FlightDescriptor.path("trips")), "log in with a Handshake");
        }
    }

    private static void refused(Runnable call, String message) {
        assertThatThrownBy(call::run)
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        e -> assertThat(e.status())
                                .extracting(CallStatus::code)
                                .isEqualTo(FlightStatusCode.UNAUTHENTICATED));
    }

    @Test
    void jdbcLogsIn() throws SQLException {
        try (Connection connection = jdbc(PASSWORD);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT n FROM trips")) {
            assertThat(rows.next()).isTrue();
        }
        String url = "jdbc:arrow-flight-sql://127.0.0.1:" + server.port()
                + "/?useEncryption=false&user=ann&password=s%C3%A9same%3A1";
        DriverManager.getConnection(url).close();
        assertThatThrownBy(() -> jdbc("wrong").close())
                .isInstanceOf(SQLException.class)
                .hasStackTraceContaining("wrong user or password");
    }

    private Connection jdbc(String password) throws SQLException {
        Properties login = new Properties();
        login.setProperty("user", "ann");
        login.setProperty("password", password);
        login.setProperty("useEncryption", "false");
        return DriverManager.getConnection("jdbc:arrow-flight-sql://127.0.0.1:" + server.port(), login);
    }

    /// Go clients: no padding, no message, and the token is read while their side is still open.
    @Test
    void basicIsAnsweredAtOnceInHeaderAndTrailer() {
        byte[] both = ("ann:" + PASSWORD).getBytes(UTF_8);
        for (Base64.Encoder base64 :
                List.of(Base64.getEncoder(), Base64.getEncoder().withoutPadding())) {
            Answer answer = handshake("Basic " + base64.encodeToString(both), List.of(), false);
            assertThat(answer.status().getCode()).isEqualTo(Status.Code.OK);
            assertThat(answer.headers().get(AUTHORIZATION))
                    .startsWith("Bearer ")
                    .isEqualTo(answer.trailers().get(AUTHORIZATION));
            assertThat(answer.payloads()).isEmpty();
        }
    }

    @Test
    void bearerIsCheckedAndSentBack() {
        String token = "Bearer " + token();
        for (List<ByteString> messages : List.of(List.of(ByteString.EMPTY), List.<ByteString>of())) {
            Answer answer = handshake(token, messages, true);
            assertThat(answer.status().getCode()).isEqualTo(Status.Code.OK);
            assertThat(answer.headers().get(AUTHORIZATION)).isEqualTo(token);
        }
        refused(handshake("Bearer x", List.of(ByteString.EMPTY), true), "the access token is not one of this server");
    }

    @Test
    void aPayloadIsAnsweredInPayloadAndHeader() {
        Answer answer = handshake(null, List.of(BASIC_AUTH), false);
        assertThat(answer.status().getCode()).isEqualTo(Status.Code.OK);
        assertThat(answer.payloads()).hasSize(1);
        assertThat(answer.headers().get(AUTHORIZATION))
                .isEqualTo("Bearer " + answer.payloads().getFirst());
        Answer damaged = handshake(null, List.of(ByteString.copyFromUtf8("\u0012")), true);
        assertThat(damaged.status().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(damaged.status().getDescription()).contains("is not a BasicAuth message");
    }

    @Test
    void withoutCredentialsItIsRefused() {
        refused(handshake(null, List.of(), true), "log in with a Handshake");
        refused(handshake(null, List.of(ByteString.EMPTY), false), "log in with a Handshake");
        refused(handshake("Digest x", List.of(), true), "neither Basic with a user");
        refused(handshake("Basic !", List.of(), true), "neither Basic with a user");
    }

    @Test
    void everyMethodWantsToKnow() {
        try (RawClient client = new RawClient(server)) {
            Flight.FlightDescriptor trips = RawClient.path("trips");
            Flight.Ticket ticket = RawClient.ticket(ByteString.copyFromUtf8("trips"));
            for (String header : List.of("", "Bearer x", "Bearer " + expired())) {
                var stub = header.isEmpty() ? client.plain() : client.with("authorization", header);
                for (Runnable call : List.<Runnable>of(
                        () -> stub.getFlightInfo(trips),
                        () -> stub.getSchema(trips),
                        () -> stub.pollFlightInfo(trips),
                        () -> stub.doGet(ticket).forEachRemaining(answer -> {}),
                        () -> stub.listFlights(Flight.Criteria.getDefaultInstance())
                                .forEachRemaining(answer -> {}),
                        () -> stub.listActions(Flight.Empty.getDefaultInstance())
                                .forEachRemaining(answer -> {}),
                        () -> stub.doAction(Flight.Action.newBuilder()
                                        .setType("healthcheck")
                                        .build())
                                .forEachRemaining(answer -> {}))) {
                    assertThat(RawClient.failure(call).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
                }
            }
            for (var upload : List.of(FlightServiceGrpc.getDoPutMethod(), FlightServiceGrpc.getDoExchangeMethod())) {
                assertThat(server.status(upload, List.of(), false).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
            }
            assertThat(RawClient.failure(() -> client.with("authorization", "Bearer " + expired())
                                    .getSchema(trips))
                            .getDescription())
                    .contains("the access token has expired", "log in with a Handshake");
        }
    }

    @Test
    void basicAndBearerOpenEveryMethod() {
        String basic = "Basic " + Base64.getEncoder().encodeToString(("ann:" + PASSWORD).getBytes(UTF_8));
        try (RawClient client = new RawClient(server)) {
            for (String header : List.of("Bearer " + token(), basic, basic)) {
                Flight.Ticket ticket = client.with("authorization", header)
                        .getFlightInfo(RawClient.path("trips"))
                        .getEndpoint(0)
                        .getTicket();
                assertThat(RawClient.numbers(client.with("authorization", header), ticket))
                        .hasSize(12);
            }
        }
    }

    @Test
    void aServerWithoutUsersAcceptsNoneAndRefusesSome() {
        try (TestServer open = new TestServer(new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(3, 4)));
                RawClient client = new RawClient(open)) {
            open.register("trips", "trips.parquet");
            assertThat(handshake(open, null, List.of(ByteString.EMPTY), false)
                            .status()
                            .getCode())
                    .isEqualTo(Status.Code.OK);
            assertThat(handshake(open, null, List.of(), true).status().getCode())
                    .isEqualTo(Status.Code.OK);
            for (String header : List.of("Basic Og==", "Bearer x")) {
                refused(handshake(open, header, List.of(), false), "this server runs without authentication");
            }
            refused(handshake(open, null, List.of(BASIC_AUTH), false), "this server runs without authentication");
            // Elsewhere it claims nothing, so it does not hurt.
            assertThat(client.with("authorization", "Bearer x")
                            .getFlightInfo(RawClient.path("trips"))
                            .getEndpointCount())
                    .isEqualTo(1);
        }
    }

    private static void refused(Answer answer, String message) {
        assertThat(answer.status().getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
        assertThat(answer.status().getDescription())
                .startsWith("UNAUTHENTICATED: ")
                .contains(message);
        com.google.rpc.Status details = Objects.requireNonNull(answer.trailers().get(StatusMapping.DETAILS));
        assertThat(details.getDetails(0).is(ErrorInfo.class)).isTrue();
    }

    private String token() {
        return Authenticator.of(List.of(ANN), seal, Duration.ofHours(1))
                .login("ann", PASSWORD)
                .text();
    }

    private String expired() {
        byte[] payload = "0123456789abcdefann".getBytes(US_ASCII);
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(seal.seal(Seal.Purpose.ACCESS_TOKEN, payload, java.time.Instant.ofEpochSecond(1)));
    }

    private Answer handshake(@Nullable String header, List<ByteString> payloads, boolean halfCloses) {
        return handshake(server, header, payloads, halfCloses);
    }

    private static Answer handshake(
            TestServer to, @Nullable String header, List<ByteString> payloads, boolean halfCloses) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", to.port())
                .usePlaintext()
                .build();
        CompletableFuture<Answer> ended = new CompletableFuture<>();
        try {
            var call = channel.newCall(FlightServiceGrpc.getHandshakeMethod(), CallOptions.DEFAULT);
            Metadata sent = new Metadata();
            if (header != null) {
                sent.put(AUTHORIZATION, header);
            }
            call.start(new Listening(ended), sent);
            call.request(Integer.MAX_VALUE);
            payloads.forEach(payload -> call.sendMessage(
                    Flight.HandshakeRequest.newBuilder().setPayload(payload).build()));
            if (halfCloses) {
                call.halfClose();
            }
            return ended.orTimeout(5, TimeUnit.SECONDS).join();
        } finally {
            channel.shutdownNow();
        }
    }

    private record Answer(Metadata headers, List<String> payloads, Status status, Metadata trailers) {}

    private static final class Listening extends ClientCall.Listener<Flight.HandshakeResponse> {
        private final CompletableFuture<Answer> ended;
        private final List<String> payloads = new ArrayList<>();
        private Metadata headers = new Metadata();

        Listening(CompletableFuture<Answer> ended) {
            this.ended = ended;
        }

        @Override
        public void onHeaders(Metadata received) {
            headers = received;
        }

        @Override
        public void onMessage(Flight.HandshakeResponse response) {
            payloads.add(response.getPayload().toStringUtf8());
        }

        @Override
        public void onClose(Status status, Metadata trailers) {
            ended.complete(new Answer(headers, payloads, status, trailers));
        }
    }
}
