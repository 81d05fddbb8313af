package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Seal;
import dev.bowyer.engine.ParameterRow;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.flight.wire.IpcStream;
import dev.bowyer.flight.wire.UploadBudget;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Prepared statements as each family of clients uses them.
final class PreparedTest {
    private static final String SQL = "SELECT n FROM trips WHERE n > $1";

    private final Seal seal = Seal.ofRandomKey();
    private final ScriptedEngine engine = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(2, 3));

    @AutoClose
    private final TestServer server = new TestServer(engine, seal, Authenticator.open(), TestServer.SETTINGS);

    @AutoClose
    private final RawClient client = new RawClient(server);

    @BeforeEach
    void register() {
        server.register("trips", "trips.parquet");
    }

    @Test
    void aHundredUsesOfOneHandlePlanOnce() throws Exception {
        ByteString handle = prepare(client, SQL).getPreparedStatementHandle();
        for (int i = 0; i < 100; i++) {
            ByteString bound = bind(client, handle, ParameterRow.of((long) i));
            assertThat(numbers(client, bound)).hasSize(6);
        }
        assertThat(engine.planned()).isEqualTo(1);
        engine.replaceFiles(9);
        assertThat(numbers(client, bind(client, handle, ParameterRow.of(1L)))).hasSize(6);
        assertThat(engine.planned()).isEqualTo(2);
    }

    @Test
    void aClientThatKeepsTheFirstHandleRunsWithWhatItBoundLast() throws Exception {
        ByteString handle = prepare(client, SQL).getPreparedStatementHandle();
        Status unbound = RawClient.failure(() -> numbers(client, handle));
        assertThat(unbound.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(unbound.getDescription()).contains("1 parameter(s)", "no values");
        bind(client, handle, ParameterRow.of(1L));
        assertThat(numbers(client, handle)).hasSize(6);
    }

    @Test
    void aBoundHandleServesOnAnyReplicaWithTheKey() throws Exception {
        ByteString bound = bind(client, prepare(client, SQL).getPreparedStatementHandle(), ParameterRow.of(1L));
        ScriptedEngine other = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(1, 2));
        try (TestServer replica = new TestServer(other, seal, Authenticator.open(), TestServer.SETTINGS);
                RawClient elsewhere = new RawClient(replica)) {
            replica.register("trips", "trips.parquet");
            assertThat(numbers(elsewhere, bound)).hasSize(2);
        }
        try (TestServer stranger = new TestServer(new ScriptedEngine());
                RawClient elsewhere = new RawClient(stranger)) {
            Status status = RawClient.failure(() -> numbers(elsewhere, bound));
            assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
            assertThat(status.getDescription()).contains("another key", "prepare the statement again");
        }
    }

    @Test
    void aClosedStatementIsGoneButItsTicketsServe() throws Exception {
        ByteString handle = prepare(client, "SELECT n FROM trips").getPreparedStatementHandle();
        Flight.FlightInfo info = client.plain().getFlightInfo(use(handle));
        close(handle);
        close(handle);
        close(ByteString.copyFromUtf8("never was"));
        Status status = RawClient.failure(() -> client.plain().getFlightInfo(use(handle)));
        assertThat(status.getCode()).isEqualTo(Status.Code.NOT_FOUND);
        assertThat(status.getDescription()).contains("was closed");
        assertThat(RawClient.numbers(client.plain(), info.getEndpoint(0).getTicket()))
                .hasSize(6);
    }

    @Test
    void badValuesAreTheClientsFault() throws Exception {
        ByteString handle = prepare(client, SQL).getPreparedStatementHandle();
        byte[] good = ParameterRow.of(1L);
        assertRefused("no values", handle, new byte[0]);
        assertRefused("2 values", handle, ParameterRow.of(1L, 2L));
        assertRefused("not an integer", handle, ParameterRow.of("one"));
        assertRefused("2 rows", handle, ParameterRow.rows(2, 1L));
        assertRefused("0 rows", handle, ParameterRow.rows(0, 1L));
        byte[] header = RawClient.flightData(good).getLast().getDataHeader().toByteArray();
        assertThatThrownBy(() -> new IpcStream(new UploadBudget()).add(ByteString.copyFrom(header), ByteString.EMPTY))
                .hasMessageContaining("claim more than the 0 bytes");
        assertRefused("parameters", handle, java.util.Arrays.copyOf(good, good.length / 2));
        assertThat(numbers(client, bind(client, handle, good))).hasSize(6);
    }

    @Test
    void whatWouldWriteIsAnsweredBeforeTheClientHasFinished() {
        for (var command : List.of(
                FlightSql.CommandStatementUpdate.newBuilder()
                        .setQuery("SELECT n FROM trips")
                        .build(),
                FlightSql.CommandStatementIngest.newBuilder().setTable("trips").build(),
                FlightSql.CommandGetCatalogs.getDefaultInstance())) {
            Flight.FlightData first = Flight.FlightData.newBuilder()
                    .setFlightDescriptor(RawClient.command(command))
                    .build();
            Status status = server.status(FlightServiceGrpc.getDoPutMethod(), List.of(first), false);
            assertThat(status.getCode()).isIn(Status.Code.INVALID_ARGUMENT, Status.Code.UNIMPLEMENTED);
        }
        assertThat(server.status(FlightServiceGrpc.getDoPutMethod(), List.of(), true)
                        .getDescription())
                .contains("without a message");
    }

    private void assertRefused(String text, ByteString handle, byte[] values) {
        try {
            bind(client, handle, values);
        } catch (CompletionException e) {
            Status status = Status.fromThrowable(e.getCause());
            assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
            assertThat(status.getDescription()).contains(text);
            return;
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
        throw new AssertionError("the values were taken: " + text);
    }

    private void close(ByteString handle) {
        FlightSql.ActionClosePreparedStatementRequest request =
                FlightSql.ActionClosePreparedStatementRequest.newBuilder()
                        .setPreparedStatementHandle(handle)
                        .build();
        RawClient.act(
                client.plain(), "ClosePreparedStatement", Any.pack(request).toByteString());
    }

    private static FlightSql.ActionCreatePreparedStatementResult prepare(RawClient client, String sql)
            throws InvalidProtocolBufferException {
        FlightSql.ActionCreatePreparedStatementRequest request =
                FlightSql.ActionCreatePreparedStatementRequest.newBuilder()
                        .setQuery(sql)
                        .build();
        Flight.Result result = RawClient.act(
                client.plain(), "CreatePreparedStatement", Any.pack(request).toByteString());
        return Any.parseFrom(result.getBody()).unpack(FlightSql.ActionCreatePreparedStatementResult.class);
    }

    private static Flight.FlightDescriptor use(ByteString handle) {
        return RawClient.command(FlightSql.CommandPreparedStatementQuery.newBuilder()
                .setPreparedStatementHandle(handle)
                .build());
    }

    private static List<Long> numbers(RawClient client, ByteString handle) {
        Flight.FlightInfo info = client.plain().getFlightInfo(use(handle));
        return RawClient.numbers(client.plain(), info.getEndpoint(0).getTicket());
    }

    /// @return the handle that the server answers with
    private static ByteString bind(RawClient client, ByteString handle, byte[] ipcStream)
            throws InvalidProtocolBufferException {
        CompletableFuture<List<Flight.PutResult>> answers = new CompletableFuture<>();
        StreamObserver<Flight.FlightData> upload = client.async().doPut(new StreamObserver<>() {
            private final List<Flight.PutResult> all = new ArrayList<>();

            @Override
            public void onNext(Flight.PutResult result) {
                all.add(result);
            }

            @Override
            public void onError(Throwable failure) {
                answers.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {
                answers.complete(all);
            }
        });
        List<Flight.FlightData> messages = RawClient.flightData(ipcStream);
        upload.onNext(
                messages.getFirst().toBuilder().setFlightDescriptor(use(handle)).build());
        messages.stream().skip(1).forEach(upload::onNext);
        upload.onCompleted();
        List<Flight.PutResult> all = answers.orTimeout(10, TimeUnit.SECONDS).join();
        assertThat(all).hasSize(1);
        return FlightSql.DoPutPreparedStatementResult.parseFrom(all.getFirst().getAppMetadata())
                .getPreparedStatementHandle();
    }
}
