package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.access.Authenticator;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.query.QueryEvent;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.junit.jupiter.api.Test;

/// Rows as a stream: whole, broken off, not read, not wanted any more.
final class SqlStreamTest {
    private static final String SQL = "SELECT n";
    private static final Duration SOON = Duration.ofSeconds(15);
    private static final ScriptedEngine.Fail FAIL =
            new ScriptedEngine.Fail(new ServiceException(ErrorCode.INVALID_VALUE, "n: 7 does not fit"));

    private static List<Long> rows(byte[] body) throws IOException {
        List<Long> rows = new ArrayList<>();
        try (RootAllocator memory = new RootAllocator();
                ArrowStreamReader reader = new ArrowStreamReader(new ByteArrayInputStream(body), memory)) {
            while (reader.loadNextBatch()) {
                BigIntVector column =
                        (BigIntVector) reader.getVectorSchemaRoot().getVector("n");
                for (int i = 0; i < column.getValueCount(); i++) {
                    rows.add(column.get(i));
                }
            }
        }
        return rows;
    }

    private static void assertWhole(HttpResponse<byte[]> response, int count) throws IOException {
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).hasValue(TestEndpoint.ARROW);
        assertThat(response.headers().firstValue("X-Bowyer-Query-Id")).isPresent();
        assertThat(response.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(response.headers().allValues("Vary")).contains("Accept, Accept-Encoding, Authorization");
        assertThat(rows(response.body())).hasSize(count).startsWith(0L).endsWith(count - 1L);
        assertThat(response.body()).endsWith(-1, -1, -1, -1, 0, 0, 0, 0);
    }

    @Test
    void smallAnswerIsWholeWithItsLength() throws IOException {
        ScriptedEngine engine = new ScriptedEngine().script(SQL, ScriptedEngine.messages(4, 10));
        try (TestEndpoint server = new TestEndpoint(engine)) {
            HttpResponse<byte[]> response = server.send(server.sql(SQL, TestEndpoint.ARROW));
            assertWhole(response, 40);
            assertThat(response.headers().firstValue("Content-Length")).isPresent();
            assertThat(response.headers().firstValue("ETag")).isPresent();
        }
    }

    @Test
    void largeAnswerIsStreamed() throws IOException {
        ScriptedEngine engine = new ScriptedEngine().script(SQL, ScriptedEngine.messages(50, 5_000));
        try (TestEndpoint server = new TestEndpoint(engine)) {
            HttpResponse<byte[]> response = server.send(server.sql(SQL, TestEndpoint.ARROW));
            assertWhole(response, 250_000);
            assertThat(response.headers().firstValue("Content-Length")).isEmpty();
            assertThat(response.headers().firstValue("ETag")).isEmpty();
            assertThat(server.outcomes()).containsExactly(new QueryEvent.Finished());
        }
    }

    @Test
    void emptyAnswerHasItsSchema() throws IOException {
        try (TestEndpoint server = new TestEndpoint(new ScriptedEngine().script(SQL))) {
            HttpResponse<byte[]> response = server.send(server.sql(SQL, TestEndpoint.ARROW));
            assertThat(rows(response.body())).isEmpty();
        }
    }

    @Test
    void failureBeforeTheFirstByteIsAProblem() {
        ScriptedEngine engine = new ScriptedEngine().script(SQL, new ScriptedEngine.Rows(10), FAIL);
        try (TestEndpoint server = new TestEndpoint(engine)) {
            var problem = server.problem(400, server.sql(SQL, TestEndpoint.ARROW));
            assertThat(problem.path("code").asText()).isEqualTo("INVALID_VALUE");
            assertThat(problem.path("detail").asText()).isEqualTo("n: 7 does not fit");
            assertThat(problem.path("query_id").asText()).hasSize(16);
        }
    }

    @Test
    void failureAfterTheFirstByteBreaksTheBodyOff() throws IOException {
        List<ScriptedEngine.Step> steps = new ArrayList<>(List.of(ScriptedEngine.messages(30, 5_000)));
        steps.add(FAIL);
        ScriptedEngine engine = new ScriptedEngine().script(SQL, steps.toArray(ScriptedEngine.Step[]::new));
        try (TestEndpoint server = new TestEndpoint(engine)) {
            assertThatThrownBy(() -> server.send(server.sql(SQL, TestEndpoint.ARROW)))
                    .isInstanceOf(UncheckedIOException.class);
            String raw = server.raw(post("HTTP/1.1"));
            assertThat(raw).startsWith("HTTP/1.1 200 OK\r\n").doesNotEndWith("\r\n0\r\n\r\n");
            assertThat(raw.length()).isGreaterThan(100_000);
            // The body breaks off before its run is over.
            await().atMost(SOON).until(() -> server.outcomes().size() == 2);
            assertThat(server.outcomes()).allMatch(QueryEvent.Failed.class::isInstance);
        }
    }

    /// Where a body ends with its connection, only a reset tells it from a whole one.
    @Test
    void brokenBodyOfAnOldClientEndsWithAReset() {
        List<ScriptedEngine.Step> steps = new ArrayList<>(List.of(ScriptedEngine.messages(30, 5_000)));
        steps.add(FAIL);
        ScriptedEngine engine = new ScriptedEngine().script(SQL, steps.toArray(ScriptedEngine.Step[]::new));
        try (TestEndpoint server = new TestEndpoint(engine)) {
            assertThatThrownBy(() -> server.raw(post("HTTP/1.0"))).hasMessageContaining("reset");
        }
    }

    private static String post(String version) {
        return "POST /v1/sql?format=arrow " + version + "\r\nHost: here\r\nContent-Length: " + SQL.length()
                + "\r\nContent-Type: application/sql\r\n\r\n" + SQL;
    }

    @Test
    void goneClientCancelsAQueryThatHasNoRowsYet() throws IOException {
        ScriptedEngine.Gate gate = new ScriptedEngine.Gate();
        ScriptedEngine engine = new ScriptedEngine().script(SQL, new ScriptedEngine.Stall(gate));
        try (TestEndpoint server = new TestEndpoint(engine)) {
            try (Socket socket = server.connect()) {
                socket.getOutputStream().write(post("HTTP/1.1").getBytes(StandardCharsets.US_ASCII));
                await().atMost(SOON).until(() -> engine.stats().activeQueries() == 1);
            }
            await().atMost(SOON).until(() -> engine.stats().activeQueries() == 0);
            assertThat(server.outcomes()).singleElement().isInstanceOf(QueryEvent.Failed.class);
        }
    }

    /// The next request of a client that does not wait for the answer to the first.
    @Test
    void pipelinedRequestIsAnsweredToo() throws IOException {
        ScriptedEngine.Gate gate = new ScriptedEngine.Gate();
        ScriptedEngine engine = new ScriptedEngine().script(SQL, new ScriptedEngine.Stall(gate));
        try (TestEndpoint server = new TestEndpoint(engine);
                Socket socket = server.connect()) {
            socket.getOutputStream().write(post("HTTP/1.1").getBytes(StandardCharsets.US_ASCII));
            await().atMost(SOON).until(() -> engine.stats().activeQueries() == 1);
            socket.getOutputStream()
                    .write("GET /health/live HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            gate.open();
            String answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
            assertThat(answers).startsWith("HTTP/1.1 200 OK").contains("{\"status\":\"live\"}");
        }
    }

    @Test
    void stalledReaderIsCutOff() throws IOException {
        ScriptedEngine engine = new ScriptedEngine().script(SQL, ScriptedEngine.messages(2_000, 5_000));
        HttpSettings impatient =
                new HttpSettings("127.0.0.1", 0, List.of(), 1 << 20, 1 << 20, 64 << 10, Duration.ofMillis(700));
        try (TestEndpoint server = new TestEndpoint(engine, impatient, Authenticator.open());
                Socket socket = server.connect()) {
            socket.getOutputStream().write(post("HTTP/1.1").getBytes(StandardCharsets.US_ASCII));
            await().atMost(SOON).until(() -> !server.outcomes().isEmpty());
            assertThat(server.outcomes()).singleElement().isInstanceOf(QueryEvent.Abandoned.class);
            assertThat(engine.stats().activeQueries()).isZero();
            assertThat(engine.stats().memoryUsed()).isZero();
        }
    }

    @Test
    void readerOfAWholeAnswerHoldsNoSlot() throws IOException {
        ScriptedEngine engine = new ScriptedEngine().script(SQL, ScriptedEngine.messages(1_000, 5_000));
        HttpSettings roomy =
                new HttpSettings("127.0.0.1", 0, List.of(), 1 << 20, 1 << 20, 64 << 20, Duration.ofSeconds(60));
        try (TestEndpoint server = new TestEndpoint(engine, roomy, Authenticator.open());
                Socket socket = server.connect()) {
            socket.getOutputStream().write(post("HTTP/1.1").getBytes(StandardCharsets.US_ASCII));
            await().atMost(SOON).until(() -> !server.outcomes().isEmpty());
            assertThat(server.outcomes()).containsExactly(new QueryEvent.Finished());
            assertThat(engine.stats().activeQueries()).isZero();
        }
    }

    @Test
    void closingBreaksOffWhatRuns() throws IOException {
        ScriptedEngine.Gate gate = new ScriptedEngine.Gate();
        ScriptedEngine engine = new ScriptedEngine().script(SQL, new ScriptedEngine.Stall(gate));
        try (TestEndpoint server = new TestEndpoint(engine);
                Socket socket = server.connect()) {
            socket.getOutputStream().write(post("HTTP/1.1").getBytes(StandardCharsets.US_ASCII));
            await().atMost(SOON).until(() -> engine.stats().activeQueries() == 1);
            server.endpoint().close();
            await().atMost(SOON).until(() -> engine.stats().activeQueries() == 0);
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }
}
