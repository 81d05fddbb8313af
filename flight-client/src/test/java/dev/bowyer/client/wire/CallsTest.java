package dev.bowyer.client.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ClientOptions;
import dev.bowyer.client.Token;
import dev.bowyer.client.frame.ArrowFrame;
import io.grpc.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Which calls are made again, and what they are sent with. */
final class CallsTest extends ScriptedCase {
    private BowyerClient client(Consumer<ClientOptions> options) {
        BowyerClient client = BowyerClient.connect(server.uri(), given -> {
            given.allocator(ofClient);
            options.accept(given);
        });
        clients.add(client);
        return client;
    }

    private void servesThreeRows() {
        server.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, 0, 3));
    }

    @Test
    void questionsAreAskedAgainWhenTheServerIsAway() {
        servesThreeRows();
        server.callers().refuse(2, Status.UNAVAILABLE);
        try (ArrowFrame frame =
                client(options -> options.attempts(3)).dataset("t").fetch()) {
            assertThat(frame.rowCount()).isEqualTo(3);
        }
    }

    @Test
    void questionsAreGivenUpAfterSoManyAttempts() {
        servesThreeRows();
        server.callers().refuse(9, Status.UNAVAILABLE);
        fails(
                "UNAVAILABLE",
                "no answer from",
                () -> client(options -> options.attempts(3)).dataset("t").fetch());
        assertThat(server.callers().headersNamed("authorization")).hasSize(3);
    }

    @Test
    void whatMayChangeDataIsAskedOnce() {
        servesThreeRows();
        server.callers().refuse(1, Status.UNAVAILABLE);
        fails(
                "UNAVAILABLE",
                "no answer from",
                () -> client(options -> {}).sql("INSERT INTO t VALUES (1)").fetch());
        assertThat(server.callers().headersNamed("authorization")).hasSize(1);
    }

    @Test
    void aTokenThatIsRefusedIsFetchedAnewOnce() {
        servesThreeRows();
        server.callers().accept("Bearer t2");
        AtomicInteger fetched = new AtomicInteger();
        BowyerClient client = client(options -> options.token(() -> new Token("t" + fetched.incrementAndGet(), null)));
        client.dataset("t").fetch().close();
        assertThat(fetched).hasValue(2);
        server.callers().accept("Bearer other");
        fails("UNAUTHENTICATED", "", () -> client.dataset("t").fetch());
        assertThat(fetched).hasValue(3);
    }

    @Test
    void aTokenThatExpiresIsFetchedAnewInTime() {
        servesThreeRows();
        AtomicInteger fetched = new AtomicInteger();
        BowyerClient client = client(options -> options.token(
                () -> new Token("t" + fetched.incrementAndGet(), Instant.now().plus(Duration.ofSeconds(20)))));
        client.dataset("t").fetch().close();
        assertThat(fetched.get()).isGreaterThan(1); // 20 s are within the margin
    }

    @Test
    void tokensByClientCredentials() throws IOException {
        servesThreeRows();
        server.callers().accept("Bearer granted");
        List<String> asked = new CopyOnWriteArrayList<>();
        HttpServer identity = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        identity.createContext("/token", exchange -> {
            asked.add(exchange.getRequestHeaders().getFirst("Authorization"));
            asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            byte[] answer = "{\"access_token\":\"granted\",\"expires_in\":3600}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        identity.createContext("/refuses", exchange -> {
            byte[] answer = "{\"error\":\"invalid_client\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(401, answer.length);
            exchange.getResponseBody().write(answer);
            exchange.close();
        });
        identity.start();
        try {
            String base = "http://127.0.0.1:" + identity.getAddress().getPort();
            BowyerClient client =
                    client(options -> options.oauth(URI.create(base + "/token"), "me", "s3cret", "read write"));
            client.dataset("t").fetch().close();
            client.dataset("t").fetch().close();
            assertThat(asked).containsExactly("Basic bWU6czNjcmV0", "grant_type=client_credentials&scope=read+write");
            BowyerClient refused = client(options -> options.oauth(URI.create(base + "/refuses"), "me", "no", null));
            fails(
                    "UNAUTHENTICATED",
                    "invalid_client",
                    () -> refused.dataset("t").fetch());
            fails(
                    "INVALID_ARGUMENT",
                    "oauth",
                    () -> client(
                            options -> options.oauth(URI.create("http://id.example/token"), "me", "s3cret", null)));
        } finally {
            identity.stop(0);
        }
    }

    @Test
    void endpointsElsewhereGetNoPasswordAndNoHeader() throws Exception {
        try (ScriptedServer other = new ScriptedServer()) {
            other.sends(ScriptedServer.schema(Rows.NUMBERS), Rows.numbers(allocator, 0, 3));
            server.endpointAt(other.uri());
            BowyerClient client =
                    client(options -> options.header("x-mine", "1").token("t"));
            client.dataset("t").fetch().close();
            assertThat(other.callers().headersNamed("authorization")).containsExactly("Bearer t");
            assertThat(other.callers().headersNamed("x-mine")).containsExactly("null");
            server.endpointAt("grpc+unix:///tmp/some.sock");
            fails("BAD_ANSWER", "grpc+unix", () -> client.dataset("t").fetch());
        }
    }
}
