package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;

import at.favre.lib.crypto.bcrypt.BCrypt;
import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Seal;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.query.QueryEvent;
import io.javalin.http.HandlerType;
import io.javalin.router.Endpoint;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Who may call, and from which pages.
final class HttpAccessTest {
    private static final String SQL = "SELECT n";
    private static final Authenticator USERS = Authenticator.of(
            List.of(new Authenticator.User("ann", BCrypt.withDefaults().hashToString(4, "secret".toCharArray()))),
            Seal.ofRandomKey(),
            Duration.ofHours(1));

    private static ScriptedEngine engine() {
        return new ScriptedEngine().script(SQL, ScriptedEngine.messages(2, 3));
    }

    private static String basic(String both) {
        return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everyRouteAsksWhoCallsButThoseThatAreOpen() {
        try (TestEndpoint server = new TestEndpoint(engine(), TestEndpoint.SETTINGS, USERS)) {
            List<Endpoint> routes = server.endpoint().routes();
            assertThat(routes).extracting(route -> route.path).contains("/v1/sql", "/metrics", "/health/ready");
            for (Endpoint route : routes) {
                if (Set.of(HandlerType.BEFORE, HandlerType.AFTER).contains(route.method)) {
                    continue;
                }
                String path = route.path.replaceAll("[{<][^}>]*[}>]", "x");
                HttpRequest.Builder request =
                        server.request(path).method(route.method.name(), HttpRequest.BodyPublishers.noBody());
                if (HttpAuth.OPEN.contains(path)) {
                    assertThat(server.send(request).statusCode()).as(path).isNotEqualTo(401);
                } else {
                    server.problem(401, request);
                }
            }
            server.problem(401, server.request("/no/such/path").GET());
            server.problem(401, server.request("/health/live/../../v1/sql").GET());
        }
    }

    @Test
    void passwordsAndTokensAreTaken() {
        try (TestEndpoint server = new TestEndpoint(engine(), TestEndpoint.SETTINGS, USERS)) {
            String token = "Bearer " + USERS.login("ann", "secret").text();
            for (String header : List.of(basic("ann:secret"), basic("ann:secret"), token)) {
                assertThat(server.send(server.sql(SQL, TestEndpoint.ARROW).header("Authorization", header))
                                .statusCode())
                        .isEqualTo(200);
            }
            assertThat(server.events())
                    .filteredOn(event -> event instanceof QueryEvent.Begun)
                    .allSatisfy(event -> assertThat(event.query().caller()).isEqualTo("ann"));
            for (String header : List.of(basic("ann:wrong"), basic("bob:secret"), "Bearer x", "Basic %", "Digest x")) {
                HttpResponse<byte[]> refused =
                        server.send(server.sql(SQL, TestEndpoint.ARROW).header("Authorization", header));
                assertThat(refused.statusCode()).as(header).isEqualTo(401);
                assertThat(refused.headers().firstValue("WWW-Authenticate"))
                        .hasValue("Basic realm=\"bowyer\", charset=\"UTF-8\"");
            }
        }
    }

    /// A page may send SQL as text without having asked; without an answer to read it still would have run.
    @Test
    void withoutOriginsNoPageMayAsk() {
        try (TestEndpoint server = new TestEndpoint(engine())) {
            for (String origin : List.of("http://page", "null", "http://127.0.0.1:1", "%")) {
                HttpRequest.Builder request =
                        server.sql(SQL, TestEndpoint.ARROW).header("Origin", origin);
                JsonNode problem = server.problem(403, request);
                assertThat(problem.path("detail").asText()).contains(origin);
                assertThat(server.send(request).headers().map()).doesNotContainKey("access-control-allow-origin");
            }
            server.problem(403, server.sql(SQL, TestEndpoint.ARROW).header("Sec-Fetch-Site", "cross-site"));
            server.problem(403, server.request("/v1/sql?q=x").header("Sec-Fetch-Site", "same-site"));
            assertThat(server.events()).isEmpty();
            String own = "http://127.0.0.1:" + server.endpoint().port();
            for (Map.Entry<String, String> header :
                    Map.of("Origin", own, "Sec-Fetch-Site", "same-origin").entrySet()) {
                assertThat(server.send(server.sql(SQL, TestEndpoint.ARROW).header(header.getKey(), header.getValue()))
                                .statusCode())
                        .isEqualTo(200);
            }
        }
    }

    /// The name of a page, which leads to this machine.
    @Test
    void serverOfThisMachineAloneHasNoOtherNames() throws IOException {
        try (TestEndpoint server = new TestEndpoint(engine())) {
            for (String host : List.of("page.example", "page.example:80", "127.0.0.1.page.example", "localhost.page")) {
                assertThat(server.raw(get("/v1/queries", host))).as(host).startsWith("HTTP/1.1 403 ");
            }
            for (String host : List.of("here", "localhost:8080", "127.0.0.1", "[::1]:80", "LOCALHOST.")) {
                assertThat(server.raw(get("/v1/queries", host))).as(host).startsWith("HTTP/1.1 200 ");
            }
            assertThat(server.raw(get("/health/live", "page.example"))).startsWith("HTTP/1.1 200 ");
        }
        try (TestEndpoint server = new TestEndpoint(engine(), TestEndpoint.SETTINGS, USERS)) {
            assertThat(server.raw(get("/v1/queries", "page.example"))).startsWith("HTTP/1.1 401 ");
        }
    }

    private static String get(String path, String host) {
        return "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
    }

    @Test
    void pagesOfTheOriginsMayRead() {
        HttpSettings settings = new HttpSettings(
                "127.0.0.1", 0, List.of("http://page"), 1 << 20, 1 << 20, 64 << 10, Duration.ofSeconds(60));
        try (TestEndpoint server = new TestEndpoint(engine(), settings, USERS)) {
            HttpResponse<byte[]> preflight = server.send(server.request("/v1/sql")
                    .header("Origin", "http://page")
                    .header("Access-Control-Request-Method", "POST")
                    .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
            assertThat(preflight.statusCode()).isEqualTo(204);
            assertThat(preflight.headers().firstValue("Access-Control-Allow-Origin"))
                    .hasValue("http://page");
            HttpResponse<byte[]> answer = server.send(server.sql(SQL, TestEndpoint.ARROW)
                    .header("Origin", "http://page")
                    .header("Authorization", basic("ann:secret")));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Access-Control-Expose-Headers"))
                    .hasValue("X-Bowyer-Query-Id, ETag, Retry-After");
            assertThat(answer.headers().allValues("Vary")).contains("Origin", "Accept, Accept-Encoding, Authorization");
            JsonNode other = server.problem(
                    401,
                    server.request("/v1/sql")
                            .header("Origin", "http://other")
                            .header("Access-Control-Request-Method", "POST")
                            .method("OPTIONS", HttpRequest.BodyPublishers.noBody()));
            assertThat(other.path("code").asText()).isEqualTo("UNAUTHENTICATED");
        }
    }
}
