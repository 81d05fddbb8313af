package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.engine.ScriptedEngine;
import io.grpc.Status;
import java.util.Map;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc.FlightServiceBlockingStub;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Options of sessions and of single calls.
final class SessionTest {
    private final ScriptedEngine engine = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(6, 3));

    @AutoClose
    private final TestServer server = new TestServer(engine);

    @AutoClose
    private final RawClient client = new RawClient(server);

    @BeforeEach
    void register() {
        server.register("lake.trips", "trips.parquet");
    }

    @Test
    void aSessionIsTheCookieItself() {
        assertThat(set(client.plain(), "parallelism", "3").getErrorsMap()).isEmpty();
        String cookie = cookieOfTheAnswer();
        assertThat(cookie).startsWith("arrow_flight_session_id=");
        assertThat(set(client.with("cookie", cookie), "schema", "lake").getErrorsMap())
                .isEmpty();
        cookie = cookieOfTheAnswer();
        FlightServiceBlockingStub session = client.with("cookie", "other=1; " + cookie);
        assertThat(options(session)).containsEntry("parallelism", "3").containsEntry("schema", "lake");
        Flight.FlightInfo info = session.getFlightInfo(RawClient.sql("SELECT n FROM trips"));
        assertThat(info.getEndpointList()).hasSize(3);
        assertThat(RawClient.failure(() -> client.plain().getFlightInfo(RawClient.sql("SELECT n FROM trips")))
                        .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        try (TestServer stranger = new TestServer(new ScriptedEngine());
                RawClient elsewhere = new RawClient(stranger)) {
            String foreign = cookie;
            Status status = RawClient.failure(() -> options(elsewhere.with("cookie", foreign)));
            assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(status.getDescription()).contains("session has ended", "connect again");
            String fresh = String.valueOf(elsewhere.answerHeader("set-cookie")).split(";", 2)[0];
            assertThat(options(elsewhere.with("cookie", fresh))).containsEntry("parallelism", "1");
        }
    }

    /// Some clients drop a cookie now and then, and two calls of one client can cross.
    @Test
    void aClientThatLostACookieHasItsOptionsAllTheSame() {
        options(client.plain());
        FlightServiceBlockingStub first = client.with("cookie", cookieOfTheAnswer());
        set(first, "parallelism", "3");
        FlightServiceBlockingStub second = client.with("cookie", cookieOfTheAnswer());
        assertThat(options(first)).containsEntry("parallelism", "3");
        set(first, "schema", "lake");
        assertThat(options(second)).containsEntry("parallelism", "3").containsEntry("schema", "lake");
    }

    @Test
    void unsettingAndClosingBringTheDefaultsBack() throws Exception {
        set(client.plain(), "parallelism", "3");
        FlightServiceBlockingStub session = client.with("cookie", cookieOfTheAnswer());
        set(session, "parallelism", "");
        assertThat(options(client.with("cookie", cookieOfTheAnswer()))).containsEntry("parallelism", "1");
        Flight.Result closed = RawClient.act(session, "CloseSession", ByteString.EMPTY);
        assertThat(Flight.CloseSessionResult.parseFrom(closed.getBody()).getStatus())
                .isEqualTo(Flight.CloseSessionResult.Status.CLOSED);
        assertThat(options(client.with("cookie", cookieOfTheAnswer()))).containsEntry("parallelism", "1");
    }

    @Test
    void wrongOptionsAreNamedAndTheOthersSet() {
        Flight.SetSessionOptionsResult result =
                set(client.plain(), "parallelism", "2", "wire", "fast", "schema", "nowhere", "nonsense", "1");
        assertThat(result.getErrorsMap()).hasSize(3);
        assertThat(result.getErrorsOrThrow("nonsense").getValue())
                .isEqualTo(Flight.SetSessionOptionsResult.ErrorValue.INVALID_NAME);
        assertThat(result.getErrorsOrThrow("wire").getValue())
                .isEqualTo(Flight.SetSessionOptionsResult.ErrorValue.INVALID_VALUE);
        assertThat(options(client.with("cookie", cookieOfTheAnswer()))).containsEntry("parallelism", "2");
    }

    @Test
    void aClientThatKeepsNothingIsToldSo() {
        assertThat(options(client.plain())).containsEntry("schema", "public").containsEntry("wire", "compat");
        String offered = cookieOfTheAnswer();
        assertThat(offered).startsWith("arrow_flight_session_id=new.");
        Status status = RawClient.failure(() -> set(client.plain(), "parallelism", "2"));
        assertThat(status.getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
        assertThat(status.getDescription()).contains("cookies", "x-bowyer-");
        assertThat(set(client.with("cookie", offered), "parallelism", "2").getErrorsMap())
                .isEmpty();
    }

    @Test
    void aFailedFirstCallTakesNothingAway() {
        assertThat(RawClient.failure(() -> client.plain().getFlightInfo(RawClient.path("nowhere")))
                        .getCode())
                .isEqualTo(Status.Code.NOT_FOUND);
        assertThat(set(client.plain(), "parallelism", "2").getErrorsMap()).isEmpty();
        assertThat(options(client.with("cookie", cookieOfTheAnswer()))).containsEntry("parallelism", "2");
    }

    @Test
    void headersCountForOneCallAndWrongOnesAreRefused() {
        Flight.FlightDescriptor sql = RawClient.sql("SELECT n FROM trips");
        assertThat(client.with("x-bowyer-schema", "lake").getFlightInfo(sql).getEndpointList())
                .hasSize(1);
        assertRefused("x-bowyer-wire: \"fast\" (expected: compat or native)", "x-bowyer-wire", "fast");
        assertRefused("x-bowyer-parallelism: \"65\" (expected: 1 to 64)", "x-bowyer-parallelism", "65");
        assertRefused("did you mean \"x-bowyer-schema\"", "x-bowyer-shema", "lake");
        assertRefused("did you mean \"lake\"", "x-bowyer-schema", "lakr");
        assertRefused("not one of this server", "cookie", "arrow_flight_session_id=AbC-_");
        assertRefused("not one of this server", "cookie", "arrow_flight_session_id=%%%");
    }

    private void assertRefused(String text, String header, String value) {
        Status status =
                RawClient.failure(() -> client.with(header, value).getFlightInfo(RawClient.path("lake", "trips")));
        assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).contains(text);
    }

    private String cookieOfTheAnswer() {
        return String.valueOf(client.answerHeader("set-cookie")).split(";", 2)[0];
    }

    /// @param options name, value, name, value ...
    private static Flight.SetSessionOptionsResult set(FlightServiceBlockingStub stub, String... options) {
        Flight.SetSessionOptionsRequest.Builder request = Flight.SetSessionOptionsRequest.newBuilder();
        for (int i = 0; i < options.length; i += 2) {
            request.putSessionOptions(
                    options[i],
                    Flight.SessionOptionValue.newBuilder()
                            .setStringValue(options[i + 1])
                            .build());
        }
        try {
            return Flight.SetSessionOptionsResult.parseFrom(
                    RawClient.act(stub, "SetSessionOptions", request.build().toByteString())
                            .getBody());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, String> options(FlightServiceBlockingStub stub) {
        try {
            var result = Flight.GetSessionOptionsResult.parseFrom(
                    RawClient.act(stub, "GetSessionOptions", ByteString.EMPTY).getBody());
            Map<String, String> options = new java.util.HashMap<>();
            result.getSessionOptionsMap().forEach((name, value) -> options.put(name, value.getStringValue()));
            return options;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }
}
