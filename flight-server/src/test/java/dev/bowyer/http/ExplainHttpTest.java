package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.http.plan.Charts;
import dev.bowyer.query.QueryEvent;
import java.io.IOException;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ExplainHttpTest {
    /// With what has to be escaped in a picture.
    private static final String SQL = """
            SELECT a, count(*) AS "a ""b"" <c> [d] {e};" FROM t
            WHERE b <> 'x"y\\z' AND b LIKE '%|->%' GROUP BY a ORDER BY a""";

    @TempDir
    private Path folder;

    private ApiServer start() throws IOException {
        Files.writeString(folder.resolve("t.csv"), "a,b\n1,x\n2,y\n");
        return ApiServer.of(folder, "datasets:\n  - { name: t, from: " + folder.resolve("t.csv") + " }\n");
    }

    private static String explain(String sql, String format) {
        return "/v1/explain?format=" + format + "&sql=" + URLEncoder.encode(sql, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource({
        "text, text/plain",
        "tree, text/plain",
        "pgjson, application/json",
        "graphviz, text/vnd.graphviz",
        "mermaid, text/vnd.mermaid",
        "analyze, text/plain"
    })
    void everyFormatIsOfItsKind(String format, String contentType) throws IOException {
        try (ApiServer server = start()) {
            ApiServer.Answer answer = server.get(explain(SQL, format)).is(200);
            assertThat(answer.contentType()).startsWith(contentType);
            switch (format) {
                case "pgjson" ->
                    assertThat(answer.json().at("/0/Plan/Node Type").asText()).isNotEmpty();
                case "graphviz" ->
                    assertThat(Charts.graphvizNodes(answer.body())).isGreaterThan(2);
                case "mermaid" -> assertThat(Charts.mermaidNodes(answer.body())).isGreaterThan(2);
                case "analyze" -> assertThat(answer.body()).contains("metrics=[");
                default -> assertThat(answer.body()).containsIgnoringCase("aggregate");
            }
            ApiServer.Answer posted = server.post("/v1/explain?format=" + format, "text/plain", SQL)
                    .is(200);
            assertThat(posted.contentType()).isEqualTo(answer.contentType());
        }
    }

    @Test
    void goneClientEndsItsAnalysis() throws IOException {
        ScriptedEngine engine = new ScriptedEngine()
                .script("EXPLAIN ANALYZE\nSELECT n", new ScriptedEngine.Stall(new ScriptedEngine.Gate()));
        try (TestEndpoint server = new TestEndpoint(engine)) {
            try (Socket socket = server.connect()) {
                socket.getOutputStream()
                        .write("GET /v1/explain?format=analyze&sql=SELECT%20n HTTP/1.1\r\nHost: here\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
                await().until(() -> engine.stats().activeQueries() == 1);
            }
            await().until(() -> engine.stats().activeQueries() == 0);
            assertThat(server.outcomes()).singleElement().isInstanceOf(QueryEvent.Failed.class);
        }
    }

    @Test
    void theBodyMayBeJson() throws IOException {
        try (ApiServer server = start()) {
            String body = "{\"sql\":\"SELECT a FROM t\",\"format\":\"mermaid\"}";
            assertThat(server.post("/v1/explain", "application/json", body)
                            .is(200)
                            .body())
                    .startsWith("flowchart");
            server.post("/v1/explain?format=text", "application/json", body).refused(400, "INVALID_ARGUMENT");
            server.post("/v1/explain", "application/json", "[]").refused(400, "INVALID_ARGUMENT");
            server.post("/v1/explain", "application/json", "{\"sql\":1}").refused(400, "INVALID_ARGUMENT");
            server.post("/v1/explain", "image/png", "x").refused(415, "INVALID_ARGUMENT");
        }
    }

    @Test
    void whatCannotBePlannedIsRefusedAsAQueryIs() throws IOException {
        try (ApiServer server = start()) {
            server.get("/v1/explain").refused(400, "INVALID_ARGUMENT", "sql");
            server.get("/v1/explain?sql=").refused(400, "INVALID_ARGUMENT", "sql");
            server.get(explain("SELECT x FROM t", "text")).refused(400, "UNKNOWN_COLUMN");
            server.get(explain("SELECT 1 FROM nothing", "text")).refused(404, "DATASET_NOT_FOUND");
            server.get(explain("DROP TABLE t", "text")).refused(403, "STATEMENT_NOT_ALLOWED");
            server.get(explain("SELECT 1", "svg")).refused(400, "INVALID_ARGUMENT", "\"svg\"");
            for (String format : new String[] {"text", "analyze"}) {
                server.get(explain("EXPLAIN SELECT 1", format)).refused(400, "INVALID_ARGUMENT", "without EXPLAIN");
                server.get(explain("/* x */ analyze SELECT 1", format)).refused(400, "INVALID_ARGUMENT");
            }
        }
    }
}
