package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.http.exchange.EngineThreads;
import dev.bowyer.query.QueryEvent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Entity tags, 304 and answers that are kept.
final class SqlCacheTest {
    private static final String SQL = "SELECT n FROM t";
    private static final String CHANGING = "SELECT now() FROM t";
    private static final String LARGE = "SELECT large FROM t";

    private final ScriptedEngine engine = new ScriptedEngine()
            .scriptOtherwise(ScriptedEngine.messages(2, 3))
            .script(LARGE, ScriptedEngine.messages(50, 5_000));
    private final TestEndpoint server = new TestEndpoint(engine).register("t", "/data/t.parquet");

    @AfterEach
    void close() {
        server.close();
    }

    private static String etag(HttpResponse<?> response) {
        return response.headers().firstValue("ETag").orElseThrow();
    }

    private long runs() {
        return server.events().stream()
                .filter(event -> event instanceof QueryEvent.Begun)
                .count();
    }

    private HttpRequest.Builder arrow(String sql) {
        return server.sql(sql, TestEndpoint.ARROW);
    }

    /// As many as there are threads for it, and one more.
    @Test
    void aStatementDoesNotWaitForSlowLooksAtDatasets() {
        AtomicBoolean slow = new AtomicBoolean(true);
        engine.script("SELECT n", ScriptedEngine.messages(1, 1));
        engine.whileRefreshing(() -> await().untilFalse(slow));
        List<CompletableFuture<Integer>> looks = IntStream.rangeClosed(0, EngineThreads.THREADS)
                .mapToObj(_ -> CompletableFuture.supplyAsync(
                        () -> server.send(server.request("/v1/datasets/t/refresh")
                                        .POST(HttpRequest.BodyPublishers.noBody()))
                                .statusCode(),
                        Thread::startVirtualThread))
                .toList();
        try {
            await().until(() -> Thread.getAllStackTraces().keySet().stream()
                            .filter(thread -> thread.getName().startsWith("bowyer-http-datasets-"))
                            .count()
                    == EngineThreads.THREADS);
            assertThat(server.send(arrow("SELECT n")).statusCode()).isEqualTo(200);
            assertThat(looks).noneMatch(CompletableFuture::isDone);
        } finally {
            slow.set(false);
        }
        assertThat(looks).allMatch(look -> look.join() == 200);
    }

    @Test
    void answerIsMadeOnceWhileTheDataIsTheSame() {
        HttpResponse<byte[]> first = server.send(arrow(SQL));
        HttpResponse<byte[]> second = server.send(arrow(SQL));
        assertThat(second.body()).isEqualTo(first.body());
        assertThat(etag(second)).isEqualTo(etag(first)).matches("\"[0-9a-f]{64}\"");
        assertThat(first.headers().firstValue("Cache-Control")).hasValue("private, no-cache");
        assertThat(runs()).isEqualTo(1);
        assertThat(engine.planned()).isEqualTo(1);
        assertThat(server.endpoint().cacheStats().hits()).isEqualTo(1);
        assertThat(server.endpoint().cacheStats().misses()).isEqualTo(1);
        assertThat(server.endpoint().cacheStats().bytes()).isGreaterThan(first.body().length);
    }

    @Test
    void newDataIsANewAnswer() {
        server.send(arrow(SQL));
        engine.replaceFiles(11);
        server.send(arrow(SQL));
        assertThat(runs()).isEqualTo(2);
    }

    @Test
    void knownTagIsNotModified() {
        String etag = etag(server.send(arrow(SQL)));
        for (String sent : List.of(etag, "\"other\", " + etag, "W/" + etag, "*")) {
            HttpResponse<byte[]> response = server.send(arrow(SQL).header("If-None-Match", sent));
            assertThat(response.statusCode()).as(sent).isEqualTo(304);
            assertThat(response.body()).isEmpty();
            assertThat(etag(response)).isEqualTo(etag);
            assertThat(response.headers().firstValue("Content-Type")).isEmpty();
        }
        assertThat(server.send(arrow(SQL).header("If-None-Match", "\"other\"")).statusCode())
                .isEqualTo(200);
        assertThat(runs()).isEqualTo(1);
    }

    @Test
    void getIsTheSame() {
        String etag = etag(server.send(arrow(SQL)));
        HttpRequest.Builder get = server.request("/v1/sql?format=arrow&q=SELECT%20n%20FROM%20t")
                .header("If-None-Match", etag)
                .GET();
        assertThat(server.send(get).statusCode()).isEqualTo(304);
    }

    @Test
    void changingStatementRunsEachTimeAndHasATag() {
        HttpResponse<byte[]> first = server.send(arrow(CHANGING));
        HttpResponse<byte[]> second = server.send(arrow(CHANGING).header("If-None-Match", etag(first)));
        assertThat(second.statusCode()).isEqualTo(304);
        assertThat(runs()).isEqualTo(2);
    }

    @Test
    void limitAndFormatAreOtherAnswers() {
        server.send(arrow(SQL));
        server.send(server.request("/v1/sql?format=arrow&limit=1")
                .header("Content-Type", "application/sql")
                .POST(HttpRequest.BodyPublishers.ofString(SQL)));
        server.send(server.sql(SQL, "text/csv"));
        assertThat(runs()).isEqualTo(3);
    }

    @Test
    void parametersAreOtherAnswers() {
        for (String values : List.of("[1]", "[2]", "[1]", "{\"1\": 2}", "{\"$1\": 2}")) {
            HttpResponse<byte[]> response = server.send(server.request("/v1/sql?format=arrow")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"sql\": \"SELECT $1 FROM t\", \"parameters\": " + values + "}")));
            assertThat(response.statusCode()).isEqualTo(200);
        }
        assertThat(runs()).isEqualTo(2);
    }

    @Test
    void largeAnswerIsNotKept() {
        HttpResponse<byte[]> response = server.send(arrow(LARGE));
        assertThat(response.headers().firstValue("ETag")).isEmpty();
        server.send(arrow(LARGE));
        assertThat(runs()).isEqualTo(2);
        assertThat(server.endpoint().cacheStats().entries()).isZero();
    }

    @Test
    void textIsCompressedForThoseWhoTakeIt() throws IOException {
        HttpResponse<byte[]> plain = server.send(server.sql(SQL, "text/csv"));
        HttpResponse<byte[]> gzip = server.send(server.sql(SQL, "text/csv").header("Accept-Encoding", "br, gzip"));
        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(gzip.headers().firstValue("Content-Encoding")).hasValue("gzip");
        assertThat(etag(gzip)).isEqualTo(etag(plain).replaceAll("\"$", "-gzip\""));
        assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes())
                .isEqualTo(plain.body());
        for (String refused : List.of("gzip;q=0", "identity, gzip;q=0.5", "br")) {
            assertThat(server.send(server.sql(SQL, "text/csv").header("Accept-Encoding", refused))
                            .headers()
                            .firstValue("Content-Encoding"))
                    .as(refused)
                    .isEmpty();
        }
        assertThat(server.send(arrow(SQL).header("Accept-Encoding", "gzip"))
                        .headers()
                        .firstValue("Content-Encoding"))
                .isEmpty();
    }

    @Test
    void largeTextIsCompressedToItsEnd() throws IOException {
        HttpResponse<byte[]> plain = server.send(server.sql(LARGE, "text/csv"));
        HttpResponse<byte[]> gzip = server.send(server.sql(LARGE, "text/csv").header("Accept-Encoding", "gzip"));
        assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes())
                .isEqualTo(plain.body());
    }

    @Test
    void manyAtOnceRunItOnce() {
        ScriptedEngine.Gate gate = new ScriptedEngine.Gate();
        engine.script("SELECT slow FROM t", new ScriptedEngine.Stall(gate), new ScriptedEngine.Rows(3));
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Integer>> answers = IntStream.range(0, 20)
                    .mapToObj(_ -> CompletableFuture.supplyAsync(
                            () -> server.send(arrow("SELECT slow FROM t")).statusCode(), threads))
                    .toList();
            await().atMost(Duration.ofSeconds(10)).until(() -> engine.stats().activeQueries() == 1);
            gate.open();
            assertThat(answers).allSatisfy(answer -> assertThat(answer.join()).isEqualTo(200));
        }
        assertThat(runs()).isEqualTo(1);
    }
}
