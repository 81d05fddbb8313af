package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.http.exchange.Problems;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests that are refused, each with what is wrong and what to do.
final class SqlRefusalsTest {
    private static final String SQL = "SELECT n";
    private final TestEndpoint server =
            new TestEndpoint(new ScriptedEngine().script(SQL, ScriptedEngine.messages(2, 3)));

    @AfterEach
    void close() {
        server.close();
    }

    private HttpRequest.Builder post(String path, String type, String body) {
        return server.request(path)
                .header("Content-Type", type)
                .header("Accept", TestEndpoint.ARROW)
                .POST(HttpRequest.BodyPublishers.ofString(body));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"sql": "SELECT n", "format": "csv"}       | unknown key "format" (expected: sql, parameters, limit, timeout)
            {"sql": 1}                                 | sql: 1 (expected: a statement)
            {"parameters": []}                         | sql: missing (expected: a statement)
            {"sql": " "}                               | sql: " " (expected: a statement)
            ["SELECT n"]                               | the body is not a JSON object
            {"sql": "SELECT n", "limit": -1}           | limit: -1 (expected: a number of rows, 0 or more)
            {"sql": "SELECT n", "limit": 1.5}          | limit: 1.5 (expected: a number of rows, 0 or more)
            {"sql": "SELECT n", "limit": 1e99}         | limit: 1E+99 (expected: a number of rows, 0 or more)
            {"sql": "SELECT n", "timeout": "soon"}     | timeout: soon (expected: seconds, or a number with ms, s, m or h)
            {"sql": "SELECT n", "timeout": 0}          | timeout: 0 (expected: seconds, or a number with ms, s, m or h)
            {"sql": "SELECT n", "timeout": -3}         | timeout: -3 (expected: seconds, or a number with ms, s, m or h)
            {"sql": "SELECT n", "parameters": 3}       | parameters: 3 (expected: an array for ? and $1, an object for $name)
            {"sql": "SELECT n", "parameters": [[1]]}   | parameter $1: [1] (expected: a number, a string, a boolean or null)
            """)
    void jsonBody(String body, String detail) {
        JsonNode problem = server.problem(400, post("/v1/sql", "application/json", body));
        assertThat(problem.path("detail").asText()).isEqualTo(detail);
        assertThat(problem.path("code").asText()).isEqualTo("INVALID_ARGUMENT");
        assertThat(problem.path("type").asText()).isEqualTo("/docs/reference/errors.md#invalid_argument");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"sql": "SELECT n"            | line 1
            {"sql": "SELECT n"} x         | line 1
            {"sql": "a", "sql": "b"}      | Duplicate field
            """)
    void brokenJson(String body, String detail) {
        JsonNode problem = server.problem(400, post("/v1/sql", "application/json", body));
        assertThat(problem.path("detail").asText())
                .startsWith("the body is not JSON: ")
                .contains(detail);
    }

    @Test
    void deepJson() {
        server.problem(400, post("/v1/sql", "application/json", "[".repeat(100_000)));
    }

    @Test
    void unknownFormatNamesTheFormats() {
        JsonNode problem = server.problem(400, post("/v1/sql?format=xml", "application/sql", SQL));
        assertThat(problem.path("detail").asText())
                .isEqualTo("format: \"xml\" (expected: json, ndjson, csv, arrow, parquet)");
    }

    @Test
    void unknownQueryParameterHasAHint() {
        JsonNode problem = server.problem(400, post("/v1/sql?fromat=csv", "application/sql", SQL));
        assertThat(problem.path("hint").asText()).isEqualTo("did you mean \"format\"?");
        server.problem(400, post("/v1/sql?format=csv&format=json", "application/sql", SQL));
        server.problem(400, post("/v1/sql?limit=x", "application/sql", SQL));
    }

    @Test
    void unacceptableIs406() {
        JsonNode problem = server.problem(406, server.sql(SQL, "text/html, application/json;q=0"));
        assertThat(problem.path("hint").asText()).contains("text/csv").contains("?format=");
    }

    @Test
    void otherContentIs415() {
        server.problem(415, post("/v1/sql", "application/x-www-form-urlencoded", "sql=SELECT"));
        server.problem(415, post("/v1/sql", "text/plain; charset=utf-16", SQL));
        server.problem(415, post("/v1/sql", "text/plain", SQL).header("Content-Encoding", "gzip"));
    }

    @Test
    void largeBodyIs413() {
        String large = "SELECT '" + "x".repeat(1 << 20) + "'";
        JsonNode problem = server.problem(413, post("/v1/sql", "application/sql", large));
        assertThat(problem.path("code").asText()).isEqualTo("LIMIT_REACHED");
        assertThat(problem.path("detail").asText()).isEqualTo("max-body: the body is over 1048576 bytes");
    }

    @Test
    void largeBodyOfUnknownLengthIs413() {
        String large = "SELECT '" + "x".repeat(1 << 20) + "'";
        server.problem(
                413,
                post("/v1/sql", "application/sql", "")
                        .POST(HttpRequest.BodyPublishers.ofInputStream(
                                () -> new ByteArrayInputStream(large.getBytes(StandardCharsets.UTF_8)))));
    }

    /// Whole, as many clients send all before they read: whatever refuses it, and however late.
    @ParameterizedTest
    @CsvSource({"POST /v1/sql,413", "POST /v1/nowhere,404", "GET /v1/sql,400", "PUT /v1/sql,405"})
    void aBodyThatNobodyWantsDoesNotTakeTheAnswerAlong(String line, int status) throws IOException {
        int size = 20 << 20;
        String head = line + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/sql\r\nConnection: close\r\n";
        String answer = server.raw(head + "Content-Length: " + size + "\r\n\r\n" + "x".repeat(size));
        assertThat(answer).startsWith("HTTP/1.1 " + status).endsWith("}");
        String chunk = "100000\r\n" + "x".repeat(1 << 20) + "\r\n";
        String chunked = server.raw(head + "Transfer-Encoding: chunked\r\n\r\n" + chunk.repeat(20) + "0\r\n\r\n");
        assertThat(chunked).startsWith("HTTP/1.1 " + status).endsWith("}");
    }

    @Test
    void whoAsksBeforeItSendsIsToldAtOnce() throws IOException {
        String head = "POST /v1/sql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sql\r\nConnection: close\r\n";
        String answer = server.raw(head + "Expect: 100-continue\r\nContent-Length: 20000000\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 413").endsWith("}");
    }

    /// Long before a connection without a byte is closed.
    @Test
    void whoIsRefusedAndSendsNothingIsToldSoon() throws IOException {
        String head = "POST /v1/sql HTTP/1.1\r\nHost: x\r\nContent-Type: image/png\r\n";
        assertThat(server.raw(head + "Content-Length: 10\r\n\r\n"))
                .startsWith("HTTP/1.1 415")
                .endsWith("}");
    }

    @Test
    void bodyThatIsNoHttpIs400() throws IOException {
        String head = "POST /v1/sql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sql\r\n";
        assertThat(server.raw(head + "Transfer-Encoding: chunked\r\n\r\nno number\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("broke off");
    }

    @Test
    void bodyThatIsNoUtf8() {
        JsonNode problem = server.problem(
                400,
                post("/v1/sql", "application/sql", "")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {(byte) 0xFF, (byte) 0xFE})));
        assertThat(problem.path("detail").asText()).isEqualTo("the body is not UTF-8");
    }

    @Test
    void sqlErrorHasTheCodeOfTheEngine() {
        JsonNode problem = server.problem(400, server.sql("SELECT what", TestEndpoint.ARROW));
        assertThat(problem.path("code").asText()).isEqualTo("INVALID_SQL");
        JsonNode table = server.problem(404, server.sql("SELECT n FROM nowhere", TestEndpoint.ARROW));
        assertThat(table.path("code").asText()).isEqualTo("DATASET_NOT_FOUND");
    }

    @Test
    void valuesAreNeverThoseOfAnotherRequest() {
        String sql = "SELECT $1 FROM t";
        server.register("t", "/data/t.parquet");
        HttpRequest.Builder bound =
                post("/v1/sql", "application/json", "{\"sql\": \"" + sql + "\", \"parameters\": [7]}");
        assertThat(server.send(bound).statusCode()).isEqualTo(200);
        JsonNode problem = server.problem(400, server.sql(sql, TestEndpoint.ARROW));
        assertThat(problem.path("detail").asText())
                .isEqualTo("the statement has 1 parameter(s), and no values are bound to it");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"n": 1}            | parameters: the statement has no $n (it has: $1)
            {"1": 1, "2": 1}    | parameters: the statement has no $2 (it has: $1)
            {"1": 1, "$1": 2}   | parameters: $1 stands twice
            """)
    void namesThatTheStatementDoesNotHave(String parameters, String detail) {
        server.register("t", "/data/t.parquet");
        String body = "{\"sql\": \"SELECT $1 FROM t\", \"parameters\": " + parameters + "}";
        JsonNode problem = server.problem(400, post("/v1/sql", "application/json", body));
        assertThat(problem.path("detail").asText()).isEqualTo(detail);
    }

    private HttpResponse<byte[]> head(String path) {
        return server.send(server.request(path).method("HEAD", HttpRequest.BodyPublishers.noBody()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/health/live",
                "/health/ready",
                "/v1/datasets",
                "/v1/datasets/none",
                "/v1/queries/0123456789abcdef"
            })
    void headIsGetWithoutItsBody(String path) {
        HttpResponse<byte[]> get = server.send(server.request(path).GET());
        HttpResponse<byte[]> head = head(path);
        assertThat(head.statusCode()).isEqualTo(get.statusCode());
        assertThat(head.body()).isEmpty();
        for (String name : List.of("Content-Type", "Content-Length")) {
            assertThat(head.headers().firstValue(name)).isEqualTo(get.headers().firstValue(name));
        }
    }

    @Test
    void otherMethodsAndPaths() throws IOException {
        server.problem(405, server.request("/v1/sql").DELETE());
        assertThat(server.send(server.request("/v1/sql").DELETE()).headers().firstValue("Allow"))
                .hasValue("GET, POST");
        HttpResponse<byte[]> head = head("/v1/sql?q=x");
        assertThat(head.statusCode()).isEqualTo(405);
        assertThat(head.headers().firstValue("Allow")).hasValue("GET, POST");
        for (String verb : List.of("TRACE", "CONNECT", "PATCH", "QUERY", "NONSENSE")) {
            assertThat(server.raw(verb + " /v1/sql HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"))
                    .as(verb)
                    .startsWith(verb.equals("CONNECT") ? "HTTP/1.1 400 " : "HTTP/1.1 405 ")
                    .contains(Problems.CONTENT_TYPE);
        }
        assertThat(head("/v1/queries/0123456789abcdef/events").statusCode()).isEqualTo(405);
        server.problem(404, server.request("/v1/sqls").GET());
        server.problem(400, server.request("/v1/..%2Fsql").GET());
    }

    @Test
    void headersOfARequestDoNotGetIntoTheAnswer() throws IOException {
        String target = "/v1/sql?q=x&format=csv%0d%0aX-Evil:%201";
        String answer = server.raw("""
                GET %s HTTP/1.1\r
                Host: here\r
                Connection: close\r
                Referer: http://evil\r
                traceparent: 00-evil\r
                \r
                """.formatted(target));
        String headers = answer.substring(0, answer.indexOf("\r\n\r\n"));
        assertThat(headers).startsWith("HTTP/1.1 400 ").doesNotContainIgnoringCase("evil");
    }

    @Test
    void whatIsNoHttpIsAProblemToo() throws IOException {
        assertThat(server.raw("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: here\r\n\r\n"))
                .startsWith("HTTP/1.1 414 ")
                .contains("\"code\":\"LIMIT_REACHED\"");
        assertThat(server.raw("GET / HTTP/1.1\r\nHost: here\r\nX: " + "x".repeat(20_000) + "\r\n\r\n"))
                .startsWith("HTTP/1.1 431 ")
                .contains("\"code\":\"LIMIT_REACHED\"");
        assertThat(server.raw("NONSENSE\r\n\r\n")).startsWith("HTTP/1.1 400 ").contains(Problems.CONTENT_TYPE);
    }
}
