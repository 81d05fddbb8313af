package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.App;
import dev.bowyer.config.ConfigLoader;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A whole server in this process, and a client that believes its description: an answer of a kind that
/// `openapi.json` does not tell of fails the test.
final class ApiServer implements AutoCloseable {
    static final ApiDocument DOCUMENT = new ApiDocument();
    /// Of `sésame:1`.
    static final String HASH = "$2y$05$abcdefghijklmnopqrstuugmoINug3dIU/EplyjQP2vxgqbQs2qdG";

    private final App app;
    private final HttpClient client = HttpClient.newHttpClient();
    private @Nullable String authorization;

    private ApiServer(App app) {
        this.app = app;
    }

    /// @param yaml beside the addresses, which are free ports of this machine
    static ApiServer of(Path folder, String yaml, String... server) throws IOException {
        Path file = folder.resolve("bowyer.yaml");
        StringBuilder text = new StringBuilder("server:\n  flight: 127.0.0.1:0\n  http: 127.0.0.1:0\n");
        for (String line : server) {
            text.append("  ").append(line).append('\n');
        }
        Files.writeString(file, text.append(yaml));
        return new ApiServer(App.start(ConfigLoader.load(file, Map.of()), App.BadDatasets.FAIL));
    }

    ApiServer as(String user, String password) {
        String both = user + ":" + password;
        authorization = "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    URI http() {
        return java.util.Objects.requireNonNull(app.httpUri());
    }

    URI flight() {
        return app.flightUri();
    }

    List<ServiceException> skipped() {
        return app.skipped();
    }

    /// One answer.
    record Answer(int status, String contentType, Map<String, List<String>> headers, String body) {
        JsonNode json() {
            try {
                return ApiDocument.JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new AssertionError(body, e);
            }
        }

        Answer is(int expected) {
            assertThat(status).as(body).isEqualTo(expected);
            return this;
        }

        /// A problem with this code, and these texts in its detail.
        Answer refused(int expected, String code, String... texts) {
            is(expected);
            assertThat(contentType).startsWith("application/problem+json");
            assertThat(json().path("code").asText()).isEqualTo(code);
            assertThat(json().path("status").asInt()).isEqualTo(expected);
            String detail = json().path("detail").asText();
            assertThat(texts).allSatisfy(text -> assertThat(detail).contains(text));
            return this;
        }
    }

    Answer get(String path) {
        return send(request(path).GET());
    }

    Answer delete(String path) {
        return send(request(path).DELETE());
    }

    Answer post(String path, @Nullable String contentType, String body) {
        HttpRequest.Builder request = request(path).POST(HttpRequest.BodyPublishers.ofString(body));
        return send(contentType == null ? request : request.header("Content-Type", contentType));
    }

    Answer put(String path, String json) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(json)));
    }

    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(http() + path)).timeout(Duration.ofSeconds(60));
        return authorization == null ? request : request.header("Authorization", authorization);
    }

    Answer send(HttpRequest.Builder request) {
        HttpRequest sent = request.build();
        try {
            HttpResponse<String> got = client.send(sent, HttpResponse.BodyHandlers.ofString());
            String type = got.headers().firstValue("Content-Type").orElse("");
            Answer answer = new Answer(got.statusCode(), type, got.headers().map(), got.body());
            checkDescribed(sent.method(), sent.uri().getRawPath(), answer);
            return answer;
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// The body as it comes.
    InputStream open(String path) throws IOException, InterruptedException {
        HttpResponse<InputStream> got = client.send(request(path).build(), HttpResponse.BodyHandlers.ofInputStream());
        assertThat(got.statusCode()).isEqualTo(200);
        return got.body();
    }

    private static void checkDescribed(String method, String path, Answer answer) {
        // A request line that is too long has no route yet.
        if (!DOCUMENT.knows(method, path) || answer.status() == 414 || answer.status() == 431) {
            return;
        }
        JsonNode described = DOCUMENT.response(method, path, answer.status());
        assertThat(described)
                .as("%s %s answers %d: %s", method, path, answer.status(), answer.body())
                .isNotNull();
        if (described != null && described.has("content") && !answer.body().isEmpty()) {
            String type = answer.contentType().split(";", 2)[0];
            JsonNode content = described.path("content").path(type);
            assertThat(content.isObject())
                    .as("%s %s answers %s", method, path, type)
                    .isTrue();
            if (type.endsWith("json")) {
                JsonSchema.check(DOCUMENT, content.path("schema"), answer.json(), method + " " + path);
            }
        }
    }

    @Override
    public void close() {
        try (client;
                app) {
            // Streams that a test left open.
            client.shutdownNow();
        }
    }
}
