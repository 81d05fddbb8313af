package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.BatchStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `/v1/queries` of a whole server, with queries that come over Flight.
final class QueriesHttpTest {
    /// More rows than anybody waits for.
    private static final String ENDLESS = "SELECT a.value, b.value AS other FROM generate_series(1, 1000000) a"
            + " CROSS JOIN generate_series(1, 1000000) b";

    private static final String PASSWORD = "sésame:1";

    @TempDir
    private Path folder;

    private static JsonNode only(ApiServer server, String state) {
        JsonNode queries = server.get("/v1/queries").is(200).json().path("queries");
        List<JsonNode> found = new ArrayList<>();
        queries.forEach(query -> {
            if (query.path("state").asText().equals(state)) {
                found.add(query);
            }
        });
        assertThat(found).as(queries.toString()).hasSize(1);
        return found.getFirst();
    }

    @Test
    void aQueryIsSeenWatchedAndCancelled() throws Exception {
        try (ApiServer server = ApiServer.of(folder, "");
                BowyerClient client = BowyerClient.connect(server.flight().toString());
                BatchStream rows = client.sql(ENDLESS).stream()) {
            rows.next();
            JsonNode query = only(server, "running");
            assertThat(query.path("sql").asText()).isEqualTo(ENDLESS);
            assertThat(query.path("protocol").asText()).isEqualTo("flight");
            assertThat(query.path("rows").asLong()).isPositive();
            String path = "/v1/queries/" + query.path("query_id").asText();
            assertThat(server.get(path).is(200).json().path("state").asText()).isEqualTo("running");
            try (BufferedReader events =
                    new BufferedReader(new InputStreamReader(server.open(path + "/events"), StandardCharsets.UTF_8))) {
                assertThat(event(events)).startsWith("progress {\"query_id\"");
                server.delete(path).is(204);
                try (rows) {
                    org.assertj.core.api.Assertions.assertThatThrownBy(() -> {
                                while (rows.next() != null) {
                                    // Those that were on their way.
                                }
                            })
                            .isInstanceOf(BowyerException.class);
                }
                String last = event(events);
                while (last.startsWith("progress")) {
                    last = event(events);
                }
                assertThat(last).startsWith("end {").contains("\"state\":\"cancelled\"", "\"code\":\"CANCELLED\"");
                assertThat(events.readLine()).isNull();
            }
            JsonNode ended = server.get(path).is(200).json();
            assertThat(ended.path("state").asText()).isEqualTo("cancelled");
            server.delete(path).refused(404, "QUERY_NOT_FOUND");
            // The events of one that has ended are its end.
            try (BufferedReader events =
                    new BufferedReader(new InputStreamReader(server.open(path + "/events"), StandardCharsets.UTF_8))) {
                assertThat(event(events)).startsWith("end {");
                assertThat(events.readLine()).isNull();
            }
        }
    }

    /// Name and data of the next event; comments are left out.
    private static String event(BufferedReader events) throws IOException {
        String name = "";
        String data = "";
        for (String line = events.readLine(); line != null; line = events.readLine()) {
            if (line.startsWith("event:")) {
                name = line.substring("event:".length()).strip();
            } else if (line.startsWith("data:")) {
                data = line.substring("data:".length()).strip();
            } else if (line.isEmpty() && !name.isEmpty()) {
                return name + " " + data;
            }
        }
        throw new AssertionError("no more events");
    }

    @Test
    void whatEndedIsToldForAWhile() throws IOException {
        try (ApiServer server = ApiServer.of(folder, "");
                BowyerClient client = BowyerClient.connect(server.flight().toString())) {
            client.sql("SELECT 7 AS n").fetch().close();
            await().untilAsserted(() ->
                    assertThat(only(server, "finished").path("rows").asLong()).isEqualTo(1));
            server.get("/v1/explain?sql=SELECT+x").refused(400, "UNKNOWN_COLUMN");
            JsonNode failed = only(server, "failed");
            assertThat(failed.path("error").path("code").asText()).isEqualTo("UNKNOWN_COLUMN");
            assertThat(failed.path("protocol").asText()).isEqualTo("http");
            server.get("/v1/queries/" + failed.path("query_id").asText()).is(200);
        }
    }

    @Test
    void idsThatAreNoneAndQueriesThatAreNot() throws IOException {
        try (ApiServer server = ApiServer.of(folder, "")) {
            for (String end : List.of("", "/events")) {
                server.get("/v1/queries/nothing" + end).refused(400, "INVALID_ARGUMENT", "\"nothing\"");
                server.get("/v1/queries/0123456789abcdef" + end).refused(404, "QUERY_NOT_FOUND", "0123456789abcdef");
            }
            server.delete("/v1/queries/nothing").refused(400, "INVALID_ARGUMENT");
            server.delete("/v1/queries/0123456789abcdef").refused(404, "QUERY_NOT_FOUND");
            server.get("/v1/queries?limit=0").refused(400, "INVALID_ARGUMENT", "\"0\"");
            server.get("/v1/queries?state=x").refused(400, "INVALID_ARGUMENT", "\"state\"");
        }
    }

    @Test
    void aCallerSeesItsOwnAndAnAdministratorAll() throws Exception {
        String users = """
                auth:
                  users:
                    - { name: ann, password-hash: "%s" }
                    - { name: bob, password-hash: "%s" }
                    - { name: eve, password-hash: "%s" }
                  admins: [ann]
                """.formatted(ApiServer.HASH, ApiServer.HASH, ApiServer.HASH);
        try (ApiServer server = ApiServer.of(folder, users);
                BowyerClient client = BowyerClient.connect(server.flight().toString(), o -> o.basic("bob", PASSWORD));
                BatchStream rows = client.sql(ENDLESS).stream()) {
            rows.next();
            server.as("bob", PASSWORD);
            String path =
                    "/v1/queries/" + only(server, "running").path("query_id").asText();
            server.as("eve", PASSWORD);
            assertThat(server.get("/v1/queries").json().path("queries")).isEmpty();
            server.get(path).refused(404, "QUERY_NOT_FOUND");
            server.get(path + "/events").refused(404, "QUERY_NOT_FOUND");
            server.delete(path).refused(404, "QUERY_NOT_FOUND");
            server.as("ann", PASSWORD);
            assertThat(only(server, "running").path("caller").asText()).isEqualTo("bob");
            server.delete(path).is(204);
        }
    }

    /// Watchers do not keep a server from ending, nor a place in it once they left.
    @Test
    void watchersThatLeaveAndThoseThatStay() throws Exception {
        try (ApiServer server = ApiServer.of(folder, "");
                BowyerClient client = BowyerClient.connect(server.flight().toString());
                BatchStream rows = client.sql(ENDLESS).stream()) {
            rows.next();
            String path =
                    "/v1/queries/" + only(server, "running").path("query_id").asText() + "/events";
            List<AutoCloseable> open = new ArrayList<>();
            for (int i = 0; i < EventStreams.MAX_STREAMS; i++) {
                open.add(server.open(path));
            }
            server.get(path).refused(429, "LIMIT_REACHED", "event-streams: 100");
            for (AutoCloseable stream : open.subList(0, 50)) {
                stream.close();
            }
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> server.open(path).close());
        }
    }
}
