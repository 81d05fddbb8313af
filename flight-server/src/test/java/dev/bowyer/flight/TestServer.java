package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Permissions;
import dev.bowyer.access.Seal;
import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.admission.AdmissionLimits;
import dev.bowyer.admission.Readiness;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.flight.metadata.ColumnMetadata;
import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryService;
import dev.bowyer.registration.AllowedLocations;
import dev.bowyer.registration.DatasetRegistrations;
import dev.bowyer.registration.RegistrationStore;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/// A real server on a free port. Closing it asserts that nothing is left behind: no run and, of a
/// [ScriptedEngine], no handle; no byte of Arrow memory; no thread.
final class TestServer implements AutoCloseable {
    static final FlightSettings SETTINGS = new FlightSettings(
            "127.0.0.1", 0, null, Duration.ofMillis(200), "test", Duration.ofMinutes(15), true, false, Duration.ZERO);
    static final AdmissionLimits ADMISSION = new AdmissionLimits(64, 64, 100, Duration.ofSeconds(30));
    /// Their threads have the same names: only the last one to close can tell whether any is left.
    private static final AtomicInteger OPEN = new AtomicInteger();

    /// [ScriptedEngine#SCHEMA] as clients see it.
    static final Schema RESULT_SCHEMA = ColumnMetadata.describe(ScriptedEngine.SCHEMA);

    private final QueryEngine engine;
    private final BufferAllocator serverMemory = new RootAllocator();
    private final BufferAllocator clientMemory = new RootAllocator();
    private final Catalog catalog;
    private final AdmissionControl admission;
    private final Readiness readiness = new Readiness();
    private final QueryService queries;
    private final FlightEndpoint endpoint;
    private final List<QueryEvent> events = new CopyOnWriteArrayList<>();

    /// Takes over `engine`.
    TestServer(QueryEngine engine) {
        this(engine, Seal.ofRandomKey(), Authenticator.open(), SETTINGS);
    }

    /// @param seal shared by servers that are to accept each other's tickets
    TestServer(QueryEngine engine, Seal seal, Authenticator authenticator, FlightSettings settings) {
        this(engine, seal, authenticator, settings, ADMISSION);
    }

    TestServer(
            QueryEngine engine,
            Seal seal,
            Authenticator authenticator,
            FlightSettings settings,
            AdmissionLimits limits) {
        OPEN.incrementAndGet();
        this.engine = engine;
        this.catalog = new Catalog(engine);
        this.admission = AdmissionControl.of(limits);
        this.queries = new QueryService(catalog, engine, ExecutionLimits.NONE, admission, events::add);
        this.endpoint = FlightEndpoint.start(
                settings,
                new FlightServices(seal, authenticator, queries, catalog, registrations(catalog), readiness),
                serverMemory);
        readiness.become(Readiness.State.READY);
    }

    /// That allow local files nowhere, and remember nothing.
    static DatasetRegistrations registrations(Catalog catalog) {
        AllowedLocations nowhere = new AllowedLocations(List.of(), Set.of());
        return new DatasetRegistrations(catalog, Permissions.open(), nowhere, RegistrationStore.forgetful(), Set.of());
    }

    /// Serves the files at `location` under `name`.
    void register(String name, String location) {
        catalog.register(DatasetName.parse(name), new Source.Files(location, null, null, Source.CsvOptions.DEFAULT));
    }

    int port() {
        return endpoint.port();
    }

    Catalog catalog() {
        return catalog;
    }

    QueryService queries() {
        return queries;
    }

    AdmissionControl admission() {
        return admission;
    }

    Readiness readiness() {
        return readiness;
    }

    FlightEndpoint endpoint() {
        return endpoint;
    }

    List<QueryEvent> events() {
        return events;
    }

    /// The caller closes it, before the server.
    FlightClient connect() {
        return FlightClient.builder(clientMemory, Location.forGrpcInsecure("127.0.0.1", port()))
                .build();
    }

    BufferAllocator clientMemory() {
        return clientMemory;
    }

    /// How a call ends that sends `requests` and, unless it `halfCloses`, nothing more.
    <Q, A> Status status(MethodDescriptor<Q, A> method, List<Q> requests, boolean halfCloses) {
        ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port())
                .usePlaintext()
                .build();
        CompletableFuture<Status> ended = new CompletableFuture<>();
        try {
            ClientCall<Q, A> call = channel.newCall(method, CallOptions.DEFAULT);
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onClose(Status status, Metadata trailers) {
                            ended.complete(status);
                        }
                    },
                    new Metadata());
            call.request(Integer.MAX_VALUE);
            requests.forEach(call::sendMessage);
            if (halfCloses) {
                call.halfClose();
            }
            return ended.orTimeout(5, TimeUnit.SECONDS).join();
        } finally {
            channel.shutdownNow();
        }
    }

    /// Stops serving, as closing does first.
    void stop() {
        endpoint.close();
    }

    @Override
    public void close() {
        stop();
        queries.close();
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(engine.stats().activeQueries()).isZero());
        if (engine instanceof ScriptedEngine scripted) {
            await().atMost(Duration.ofSeconds(5))
                    .untilAsserted(() -> assertThat(scripted.stats().handles()).isZero());
        }
        assertThat(admission.running()).as("slots held").isZero();
        assertThat(admission.queued()).as("queries in the queue").isZero();
        engine.close();
        assertThat(serverMemory.getAllocatedMemory()).isZero();
        serverMemory.close();
        clientMemory.close();
        if (OPEN.decrementAndGet() > 0) {
            return;
        }
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.startsWith("bowyer-")));
    }
}
