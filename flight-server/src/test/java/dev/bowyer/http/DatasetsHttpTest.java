package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// `/v1/datasets` of a whole server.
final class DatasetsHttpTest {
    @TempDir
    private Path folder;

    private Path data = Path.of("/");

    @SuppressWarnings("NullAway.Init")
    private ApiServer server;

    @BeforeEach
    void start() throws IOException {
        data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("trips.csv"), "id,city\n1,Oslo\n2,\n3,Bergen\n");
        Files.writeString(folder.resolve("outside.csv"), "secret\n1\n");
        server = ApiServer.of(
                folder,
                "datasets:\n  - { name: trips, from: " + data.resolve("trips.csv") + " }\n",
                "datasets-below: [" + data + "]");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private String from(String rest) {
        return "{\"from\":\"" + data.resolve(rest) + "\"}";
    }

    private List<String> names() {
        return server.get("/v1/datasets").is(200).json().path("datasets").findValuesAsText("name");
    }

    @Test
    void aDatasetIsDescribed() {
        JsonNode json = server.get("/v1/datasets/trips").is(200).json();
        assertThat(json.path("columns").findValuesAsText("name")).containsExactly("id", "city");
        assertThat(json.path("columns").findValuesAsText("type")).containsExactly("BIGINT", "VARCHAR");
        assertThat(json.path("columns").findValuesAsText("arrow_type")).containsExactly("Int(64, true)", "Utf8");
        assertThat(json.path("format").asText()).isEqualTo("csv");
        assertThat(json.path("files").asInt()).isEqualTo(1);
        assertThat(json.path("registered").asBoolean()).isFalse();
        assertThat(json.path("last_refresh").asText()).isNotEmpty();
        server.get("/v1/datasets/public.trips?statistics=false").is(200);
    }

    @Test
    void itIsRegisteredReplacedRefreshedAndDropped() throws IOException {
        Files.writeString(data.resolve("a.csv"), "x\n1\n");
        Files.writeString(data.resolve("b.csv"), "x;y\n1;2\n");
        ApiServer.Answer made =
                server.put("/v1/datasets/sales.new", from("a.csv")).is(201);
        assertThat(made.headers().get("location")).containsExactly("/v1/datasets/sales.new");
        assertThat(made.json().path("registered").asBoolean()).isTrue();
        assertThat(names()).containsExactly("trips", "sales.new");

        String other = "{\"from\":\"" + data.resolve("b.csv") + "\",\"csv\":{\"delimiter\":\";\"},\"refresh\":\"1h\"}";
        JsonNode replaced = server.put("/v1/datasets/sales.new", other).is(200).json();
        assertThat(replaced.path("columns").findValuesAsText("name")).containsExactly("x", "y");

        Files.writeString(data.resolve("b.csv"), "x;y;z\n1;2;3\n");
        JsonNode again =
                server.post("/v1/datasets/sales.new/refresh", null, "").is(200).json();
        assertThat(again.path("columns").findValuesAsText("name")).containsExactly("x", "y", "z");

        assertThat(server.delete("/v1/datasets/sales.new").is(204).body()).isEmpty();
        server.get("/v1/datasets/sales.new").refused(404, "DATASET_NOT_FOUND", "sales.new");
        server.delete("/v1/datasets/sales.new").refused(404, "DATASET_NOT_FOUND");
        assertThat(names()).containsExactly("trips");
    }

    /// Nothing that was kept of the old one answers, though the file is the same.
    @Test
    void theSameFileReadInAnotherWayIsAnsweredAnew() throws IOException {
        Files.writeString(data.resolve("a.csv"), "a;b,c\n1;2,3\n");
        String query = "/v1/sql?q=SELECT%20*%20FROM%20public.same&format=csv";
        String semicolons = "{\"from\":\"" + data.resolve("a.csv") + "\",\"csv\":{\"delimiter\":\";\"}}";
        server.put("/v1/datasets/same", from("a.csv")).is(201);
        assertThat(server.get(query).is(200).body()).isEqualTo("a;b,c\n1;2,3\n");
        server.put("/v1/datasets/same", semicolons).is(200);
        assertThat(server.get(query).is(200).body()).isEqualTo("a,\"b,c\"\n1,\"2,3\"\n");
        server.put("/v1/datasets/same", from("a.csv")).is(200);
        assertThat(server.get(query).is(200).body()).isEqualTo("a;b,c\n1;2,3\n");
    }

    @Test
    void aBadNewVersionLeavesTheOldOne() throws IOException {
        Files.writeString(data.resolve("a.csv"), "x\n1\n");
        Files.writeString(data.resolve("bad.parquet"), "this is none");
        server.put("/v1/datasets/new", from("a.csv")).is(201);
        for (String bad : List.of(from("bad.parquet"), from("nothing.csv"), "{\"from\":\"/etc/passwd\"}", "{}")) {
            assertThat(server.put("/v1/datasets/new", bad).status()).as(bad).isBetween(400, 404);
            JsonNode kept = server.get("/v1/datasets/new").is(200).json();
            assertThat(kept.path("columns").findValuesAsText("name")).containsExactly("x");
        }
    }

    @Test
    void aDatasetThatCannotBeOpenedChangesNothing() {
        server.put("/v1/datasets/new", from("nothing.csv")).refused(404, "SOURCE_NOT_FOUND", "nothing.csv");
        assertThat(names()).containsExactly("trips");
    }

    @Test
    void whatTheConfigurationFileNamesStays() {
        server.put("/v1/datasets/trips", from("trips.csv")).refused(409, "DATASET_EXISTS", "\"trips\"");
        server.delete("/v1/datasets/trips").refused(403, "PERMISSION_DENIED", "\"trips\"");
        assertThat(names()).containsExactly("trips");
    }

    @Test
    void filesElsewhereAreNotToBeHad() throws IOException {
        Files.createSymbolicLink(data.resolve("link.csv"), folder.resolve("outside.csv"));
        for (String location : List.of(
                folder.resolve("outside.csv").toString(),
                data + "/../outside.csv",
                "file://" + data + "/../outside.csv",
                "file://" + data + "/%2e%2e/outside.csv",
                data.resolve("link.csv").toString(),
                "file:///etc/passwd",
                "etc/passwd",
                "http://127.0.0.1:1/x.csv",
                "s3://bucket/x.parquet")) {
            for (String format : List.of("csv", "parquet", "iceberg", "delta")) {
                String json = "{\"from\":\"" + location + "\",\"format\":\"" + format + "\"}";
                server.put("/v1/datasets/x", json).refused(403, "PERMISSION_DENIED", location);
            }
        }
        assertThat(names()).containsExactly("trips");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"form\":\"/x\"}|unknown key \"form\"",
                "{\"from\":\"/x\",\"from\":\"/y\"}|Duplicate",
                "{\"from\":7}|from: 7 (expected: a text)",
                "{\"from\":null}|from: null",
                "{\"from\":\"/x\",\"catalog\":\"c\",\"table\":\"a.b\"}|either \"from\", or",
                "{\"catalog\":\"c\",\"table\":\"b\"}|table: \"b\"",
                "{\"catalog\":\"c\"}|either \"from\", or",
                "{\"from\":\"/x\",\"format\":\"xls\"}|format: \"xls\" (expected: parquet, csv",
                "{\"from\":\"/x\",\"refresh\":\"soon\"}|refresh: \"soon\"",
                "{\"from\":\"/x\",\"partitions\":\"day\"}|partitions: \"day\"",
                "{\"from\":\"/x\",\"csv\":{\"delimiter\":\"ab\"}}|delimiter: \"ab\"",
                "{\"from\":\"/x\",\"csv\":{\"quote\":\"a\"}}|unknown key \"quote\"",
                "{\"from\":\"/x\",\"csv\":{\"header\":\"yes\"}}|header: \"yes\"",
                "{\"from\":\"/x\",\"as-of\":\"\"}|\"\"",
                "{\"name\":\"y\",\"from\":\"/x\"}|unknown key \"name\"",
                "{\"from\":|JSON",
                "[]|a JSON object",
                "7|a JSON object",
                "~~|JSON"
            })
    void aBodyThatIsWrongIsRefusedWithTheKey(String body, String message) {
        server.put("/v1/datasets/x", body).refused(400, "INVALID_ARGUMENT", message);
    }

    @Test
    void aBodyOfAnotherTypeOrTooLargeIsRefused() {
        HttpRequest.Builder form = server.request("/v1/datasets/x")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .PUT(HttpRequest.BodyPublishers.ofString(from("trips.csv")));
        server.send(form).refused(415, "INVALID_ARGUMENT", "application/x-www-form-urlencoded");
        server.put("/v1/datasets/x", "{\"from\":\"" + "x".repeat(100_000) + "\"}")
                .refused(429, "LIMIT_REACHED");
        server.put("/v1/datasets/x", "{\"from\":\"" + "x".repeat(2_000_000) + "\"}")
                .is(413);
    }

    /// Each is told with what was wrong, and none reaches a file.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "..%2f..%2fetc%2fpasswd",
                "%2e%2e%2fx",
                "a%2Fb",
                "a%5Cb",
                "a%00b",
                "a%0d%0aSet-Cookie:%20x=1",
                "a%1b%5b31m",
                "%20",
                ".x",
                "x.",
                "information_schema.x",
                "x@1",
                "x$files"
            })
    void oddNamesAreRefused(String name) {
        ApiServer.Answer answer = server.put("/v1/datasets/" + name, from("trips.csv"));
        answer.refused(400, "INVALID_ARGUMENT");
        assertThat(answer.headers()).doesNotContainKey("set-cookie");
        assertThat(answer.json().path("detail").asText())
                .doesNotContain("\u001b")
                .contains("\"");
        assertThat(names()).containsExactly("trips");
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 512, 3_000, 10_000})
    void longNamesAreRefused(int length) {
        ApiServer.Answer answer = server.put("/v1/datasets/" + "n".repeat(length), from("trips.csv"));
        assertThat(answer.status()).isIn(400, 414, 431);
        assertThat(answer.body()).hasSizeLessThan(2_000);
        assertThat(names()).containsExactly("trips");
    }

    @Test
    void theListComesInPages() {
        List<String> expected = new ArrayList<>(List.of("trips"));
        for (int i = 10; i < 17; i++) {
            server.put("/v1/datasets/t" + i, from("trips.csv")).is(201);
            expected.add("t" + i);
        }
        List<String> found = new ArrayList<>();
        String after = "";
        int pages = 0;
        while (after != null) {
            JsonNode page = server.get("/v1/datasets?limit=3" + after).is(200).json();
            assertThat(page.path("datasets").size()).isBetween(1, 3);
            found.addAll(page.path("datasets").findValuesAsText("name"));
            after = page.has("next") ? "&after=" + page.path("next").asText() : null;
            pages++;
        }
        assertThat(found).containsExactlyInAnyOrderElementsOf(expected);
        assertThat(pages).isEqualTo(3);
        for (String query : List.of(
                "limit=0", "limit=-1", "limit=x", "limit=10001", "limit=1&limit=2", "limti=1", "limit=", "after=")) {
            server.get("/v1/datasets?" + query).refused(400, "INVALID_ARGUMENT");
        }
    }
}
