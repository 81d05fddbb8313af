package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Seal;
import dev.bowyer.admission.AdmissionLimits;
import dev.bowyer.admission.Readiness;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.engine.ScriptedEngine.Gate;
import dev.bowyer.engine.ScriptedEngine.Rows;
import dev.bowyer.engine.ScriptedEngine.Stall;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.query.QueryEvent;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Turns, stalled readers, health and the end of a server, as clients see them.
@SuppressWarnings("try") // Arrow's clients say that closing them may be interrupted.
@Timeout(60)
final class DrainTest {
    private static final Ticket TRIPS = new Ticket("trips".getBytes(StandardCharsets.UTF_8));
    private static final Flight.Ticket TICKET = Flight.Ticket.newBuilder()
            .setTicket(ByteString.copyFromUtf8("trips"))
            .build();
    /// Rows of a message with a body of 1 MiB.
    private static final int LARGE = 128 * 1024;

    private final Gate gate = new Gate();

    @Test
    void aStreamWaitsForItsTurnAndACancelLeavesTheQueue() throws Exception {
        try (TestServer server = serving(gated(), new AdmissionLimits(1, 1, 1, Duration.ofSeconds(30)), Duration.ZERO);
                FlightClient client = server.connect();
                FlightStream first = client.getStream(TRIPS)) {
            assertThat(first.next()).isTrue();
            FlightStream gone = client.getStream(TRIPS);
            await().until(() -> server.admission().queued() == 1);
            gone.cancel("enough", null);
            await().until(() -> server.admission().queued() == 0);
            gone.close();
            try (FlightStream second = client.getStream(TRIPS)) {
                await().until(() -> server.admission().queued() == 1);
                gate.open();
                assertThat(rows(first)).isEqualTo(2);
                assertThat(second.next()).isTrue();
                assertThat(rows(second)).isEqualTo(2);
            }
            assertThat(server.events())
                    .filteredOn(event -> event instanceof QueryEvent.Admitted)
                    .hasSize(2);
        }
    }

    @Test
    void oneTooManyIsToldWhenToComeBackBeforeAnythingElse() {
        try (TestServer server = serving(gated(), new AdmissionLimits(1, 1, 0, Duration.ofSeconds(30)), Duration.ZERO);
                RawClient client = new RawClient(server)) {
            var first = client.plain().doGet(TICKET);
            assertThat(first.hasNext()).isTrue();
            assertThatThrownBy(() -> client.plain().doGet(TICKET).hasNext())
                    .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
                        assertThat(e.getStatus().getDescription()).contains("limits.queue: 0", "try again in");
                        assertThat(String.valueOf(
                                        Objects.requireNonNull(e.getTrailers()).get(StatusMapping.DETAILS)))
                                .contains("google.rpc.RetryInfo", "google.rpc.ErrorInfo");
                    });
            gate.open();
            while (first.hasNext()) {
                first.next();
            }
        }
    }

    @Test
    void aReaderThatTakesNothingLosesItsStreamAndItsSlot() throws Exception {
        ScriptedEngine engine = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(100, LARGE));
        try (TestServer server = serving(engine, TestServer.ADMISSION, Duration.ofMillis(400));
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            assertThat(server.admission().running()).isEqualTo(1);
            await().atMost(Duration.ofSeconds(5)).until(() -> server.admission().running() == 0);
            assertThat(server.events().getLast())
                    .isInstanceOfSatisfying(
                            QueryEvent.Ended.class,
                            ended -> assertThat(ended.outcome().toString()).contains("stall-timeout"));
            assertThatThrownBy(() -> rows(stream))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.RESOURCE_EXHAUSTED))
                    .hasMessageContaining("limits.stall-timeout");
        }
    }

    @Test
    void aReaderThatGoesOnKeepsItsStream() throws Exception {
        try (TestServer server = serving(gated(), TestServer.ADMISSION, Duration.ofMillis(100));
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            await().during(Duration.ofMillis(500))
                    .until(() -> server.admission().running() == 1);
            gate.open();
            assertThat(rows(stream)).as("the server was slow, not the reader").isEqualTo(2);
        }
    }

    @Test
    void aDrainLetsStreamsFinishRefusesTheRestAndTellsTheWatchers() throws Exception {
        try (TestServer server = serving(gated(), TestServer.ADMISSION, Duration.ZERO);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            ManagedChannel channel = channel(server);
            Watcher watcher = new Watcher();
            HealthGrpc.newStub(channel).watch(HealthCheckRequest.getDefaultInstance(), watcher);
            await().until(() -> watcher.seen.contains(ServingStatus.SERVING));
            assertThat(check(channel, "")).isEqualTo(ServingStatus.SERVING);
            assertThat(check(channel, FlightServiceGrpc.SERVICE_NAME)).isEqualTo(ServingStatus.SERVING);
            assertThatThrownBy(() -> check(channel, "none")).hasMessageContaining("NOT_FOUND");

            server.readiness().become(Readiness.State.DRAINING);
            await().until(() -> watcher.seen.contains(ServingStatus.NOT_SERVING));
            assertThat(check(channel, "")).isEqualTo(ServingStatus.NOT_SERVING);
            CompletableFuture<Void> drained =
                    CompletableFuture.runAsync(() -> server.endpoint().drain(Duration.ofSeconds(20)));
            await().untilAsserted(() -> assertThatThrownBy(() -> client.getSchema(FlightDescriptor.path("trips")))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAVAILABLE)));
            assertThat(drained).isNotDone();
            gate.open();
            assertThat(rows(stream)).isEqualTo(2);
            drained.orTimeout(10, TimeUnit.SECONDS).join();
            channel.shutdownNow();
        }
    }

    @Test
    void whatIsLeftAfterTheGraceEndsAsUnavailable() throws Exception {
        try (TestServer server = serving(gated(), TestServer.ADMISSION, Duration.ZERO);
                FlightClient client = server.connect();
                FlightStream stream = client.getStream(TRIPS)) {
            assertThat(stream.next()).isTrue();
            server.endpoint().drain(Duration.ofMillis(100));
            assertThatThrownBy(() -> rows(stream))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAVAILABLE))
                    .hasMessageContaining("the server is stopping");
            assertThat(server.events().getLast())
                    .isInstanceOfSatisfying(
                            QueryEvent.Ended.class,
                            ended -> assertThat(ended.outcome())
                                    .isInstanceOfSatisfying(
                                            QueryEvent.Failed.class,
                                            failed -> assertThat(failed.error().code())
                                                    .isEqualTo(ErrorCode.UNAVAILABLE)));
        }
    }

    @Test
    void reflectionNamesTheServicesAndWantsALoginWhereOthersDo() throws Exception {
        try (TestServer server = serving(gated(), TestServer.ADMISSION, Duration.ZERO)) {
            assertThat(listed(server).orTimeout(5, TimeUnit.SECONDS).join())
                    .contains(FlightServiceGrpc.SERVICE_NAME, HealthGrpc.SERVICE_NAME);
        }
        Seal seal = Seal.ofRandomKey();
        // bcrypt of "open sesame", with the lowest cost
        String hash = "$2b$04$OLIWXjRksyiHN0voN5ONRu28qsin19eHULAuZ34VKH2Gj8ZRQmPb.";
        Authenticator users = Authenticator.of(List.of(new Authenticator.User("ann", hash)), seal, Duration.ofHours(1));
        try (TestServer server = new TestServer(gated(), seal, users, TestServer.SETTINGS)) {
            assertThatThrownBy(
                            () -> listed(server).orTimeout(5, TimeUnit.SECONDS).join())
                    .hasMessageContaining("UNAUTHENTICATED");
            ManagedChannel channel = channel(server);
            assertThat(check(channel, "")).isEqualTo(ServingStatus.SERVING);
            channel.shutdownNow();
        }
    }

    private static CompletableFuture<String> listed(TestServer server) {
        CompletableFuture<String> services = new CompletableFuture<>();
        ManagedChannel channel = channel(server);
        StreamObserver<ServerReflectionRequest> requests = ServerReflectionGrpc.newStub(channel)
                .serverReflectionInfo(new StreamObserver<>() {
                    @Override
                    public void onNext(ServerReflectionResponse answer) {
                        services.complete(answer.getListServicesResponse().toString());
                    }

                    @Override
                    public void onError(Throwable failure) {
                        services.completeExceptionally(failure);
                    }

                    @Override
                    public void onCompleted() {}
                });
        requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
        return services.whenComplete((_, _) -> channel.shutdownNow());
    }

    private static final class Watcher implements StreamObserver<HealthCheckResponse> {
        final List<ServingStatus> seen = new CopyOnWriteArrayList<>();

        @Override
        public void onNext(HealthCheckResponse answer) {
            seen.add(answer.getStatus());
        }

        @Override
        public void onError(Throwable failure) {}

        @Override
        public void onCompleted() {}
    }

    private static ServingStatus check(ManagedChannel channel, String service) {
        return HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(5, TimeUnit.SECONDS)
                .check(HealthCheckRequest.newBuilder().setService(service).build())
                .getStatus();
    }

    private static ManagedChannel channel(TestServer server) {
        return NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .usePlaintext()
                .build();
    }

    /// One message, and two rows once the gate is open.
    private ScriptedEngine gated() {
        return new ScriptedEngine().scriptOtherwise(new Rows(1), new Stall(gate), new Rows(2));
    }

    private static TestServer serving(ScriptedEngine engine, AdmissionLimits limits, Duration stallTimeout) {
        FlightSettings settings = new FlightSettings(
                "127.0.0.1",
                0,
                null,
                Duration.ofMillis(200),
                "test",
                Duration.ofMinutes(15),
                true,
                false,
                stallTimeout);
        TestServer server = new TestServer(engine, Seal.ofRandomKey(), Authenticator.open(), settings, limits);
        server.register("trips", "trips.parquet");
        return server;
    }

    private static long rows(FlightStream stream) {
        long rows = 0;
        while (stream.next()) {
            rows += stream.getRoot().getRowCount();
        }
        return rows;
    }
}
