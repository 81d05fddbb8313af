package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.access.Authenticator;
import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.admission.AdmissionLimits;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.http.exchange.Problems;
import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryService;
import dev.bowyer.query.RecentQueries;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/// A real server on a free port. Closing it asserts that nothing is left behind: no run, no message, no thread.
final class TestEndpoint implements AutoCloseable {
    static final HttpSettings SETTINGS =
            new HttpSettings("127.0.0.1", 0, List.of(), 1 << 20, 1 << 20, 64 << 10, Duration.ofSeconds(60));
    static final String ARROW = "application/vnd.apache.arrow.stream";

    private final QueryEngine engine;
    private final QueryService queries;
    private final HttpEndpoint endpoint;
    private final Catalog catalog;
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<QueryEvent> events = new CopyOnWriteArrayList<>();

    /// Takes over `engine`. There is a table `t`.
    TestEndpoint(QueryEngine engine) {
        this(engine, SETTINGS, Authenticator.open());
    }

    TestEndpoint(QueryEngine engine, HttpSettings settings, Authenticator authenticator) {
        this.engine = engine;
        this.catalog = new Catalog(engine);
        this.queries = new QueryService(
                catalog,
                engine,
                ExecutionLimits.NONE,
                AdmissionControl.of(new AdmissionLimits(64, 64, 100, Duration.ofSeconds(30))),
                events::add);
        this.endpoint = HttpEndpoint.start(
                settings, OpenApiTest.services(queries, catalog, authenticator, new RecentQueries()));
    }

    TestEndpoint register(String name, String location) {
        catalog.register(DatasetName.parse(name), new Source.Files(location, null, null, Source.CsvOptions.DEFAULT));
        return this;
    }

    HttpEndpoint endpoint() {
        return endpoint;
    }

    QueryEngine engine() {
        return engine;
    }

    List<QueryEvent> events() {
        return events;
    }

    /// How the queries ended that have.
    List<QueryEvent.Outcome> outcomes() {
        return events.stream()
                .flatMap(event -> event instanceof QueryEvent.Ended ended ? Stream.of(ended.outcome()) : Stream.empty())
                .toList();
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + path));
    }

    HttpRequest.Builder sql(String sql, String accept) {
        return request("/v1/sql")
                .header("Content-Type", "application/sql")
                .header("Accept", accept)
                .POST(HttpRequest.BodyPublishers.ofString(sql));
    }

    HttpResponse<byte[]> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// What it says, after a look at the status and the type.
    JsonNode problem(int status, HttpRequest.Builder request) {
        HttpResponse<byte[]> response = send(request);
        String body = new String(response.body(), StandardCharsets.UTF_8);
        assertThat(response.statusCode()).as(body).isEqualTo(status);
        assertThat(response.headers().firstValue("Content-Type")).hasValue(Problems.CONTENT_TYPE);
        try {
            JsonNode problem = new ObjectMapper().readTree(body);
            assertThat(problem.path("status").asInt()).isEqualTo(status);
            return problem;
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(body, e);
        }
    }

    /// Sends `text` as it is, and gives what comes until the server closes.
    String raw(String text) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    @Override
    public void close() {
        client.close();
        endpoint.close();
        queries.close();
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            assertThat(engine.stats().activeQueries()).isZero();
            assertThat(engine.stats().memoryUsed()).isZero();
        });
        engine.close();
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.startsWith("bowyer-http")));
    }
}
