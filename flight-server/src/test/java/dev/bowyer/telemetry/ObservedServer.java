package dev.bowyer.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import dev.bowyer.App;
import dev.bowyer.config.ConfigLoader;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.flight.impl.FlightServiceGrpc.FlightServiceBlockingStub;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.jspecify.annotations.Nullable;

/// A server of one dataset, `trips` of three rows, and a client that hides no header. Closing it asserts that none of
/// the server's threads is left.
final class ObservedServer implements AutoCloseable {
    private static final Metadata.Key<String> TRACE_PARENT =
            Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

    private final Set<Thread> others;
    private final App app;
    private final ManagedChannel channel;
    private final HttpClient http = HttpClient.newHttpClient();
    private final AtomicReference<@Nullable Metadata> answerHeaders = new AtomicReference<>();

    private ObservedServer(Set<Thread> others, App app) {
        this.others = others;
        this.app = app;
        this.channel = NettyChannelBuilder.forAddress(
                        "127.0.0.1", app.flightUri().getPort())
                .usePlaintext()
                .build();
    }

    /// @param telemetry lines of the configuration
    static ObservedServer start(Path folder, String... telemetry) throws IOException {
        Path trips = Files.writeString(folder.resolve("trips.csv"), "id,name\n1,one\n2,two\n3,three\n");
        Path config =
                Files.writeString(folder.resolve("bowyer.yaml"), """
                server: { flight: "127.0.0.1:0", http: "127.0.0.1:0" }
                datasets:
                  - { name: trips, from: "%s" }
                telemetry:
                  slow-query: 1h
                """.formatted(trips) + String.join("\n", telemetry));
        Set<Thread> others = Set.copyOf(Thread.getAllStackTraces().keySet());
        return new ObservedServer(others, App.start(ConfigLoader.load(config, Map.of()), App.BadDatasets.FAIL));
    }

    /// All rows of a statement.
    ///
    /// @param traceParent sent with both calls; null: none
    /// @return the `traceparent` that came with the rows
    String run(String sql, @Nullable String traceParent) {
        FlightServiceBlockingStub stub = stub(traceParent);
        stub.doGet(announce(sql, traceParent)).forEachRemaining(_ -> {});
        return String.valueOf(Objects.requireNonNull(answerHeaders.get()).get(TRACE_PARENT));
    }

    Flight.Ticket announce(String sql, @Nullable String traceParent) {
        FlightSql.CommandStatementQuery query =
                FlightSql.CommandStatementQuery.newBuilder().setQuery(sql).build();
        return stub(traceParent)
                .getFlightInfo(Flight.FlightDescriptor.newBuilder()
                        .setType(Flight.FlightDescriptor.DescriptorType.CMD)
                        .setCmd(Any.pack(query).toByteString())
                        .build())
                .getEndpoint(0)
                .getTicket();
    }

    private FlightServiceBlockingStub stub(@Nullable String traceParent) {
        Metadata headers = new Metadata();
        if (traceParent != null) {
            headers.put(TRACE_PARENT, traceParent);
        }
        return FlightServiceGrpc.newBlockingStub(channel)
                .withInterceptors(
                        MetadataUtils.newAttachHeadersInterceptor(headers),
                        MetadataUtils.newCaptureMetadataInterceptor(answerHeaders, new AtomicReference<>()))
                .withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    String metrics() throws IOException, InterruptedException {
        URI page = Objects.requireNonNull(app.httpUri()).resolve("/metrics");
        HttpResponse<String> answer =
                http.send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer.body();
    }

    @Override
    public void close() {
        channel.shutdownNow();
        http.close();
        app.close();
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .filteredOn(thread -> !others.contains(thread))
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.startsWith("bowyer-") || name.contains("BatchSpan")));
    }
}
