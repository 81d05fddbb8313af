package dev.bowyer.clients.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.ClientOptions;
import dev.bowyer.client.Token;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logins, TLS and sockets of pyarrow's Flight server, which is gRPC in C++. */
final class PyarrowAccessTest {
    private static final String TOKEN = "a-token-of-somebody-else";

    @TempDir
    private static Path folder;

    private static PyarrowServers servers;

    private RootAllocator memory;

    @BeforeAll
    static void start() {
        servers = new PyarrowServers(folder);
    }

    @AfterAll
    static void stop() {
        servers.close();
    }

    @BeforeEach
    void open() {
        memory = new RootAllocator();
    }

    @AfterEach
    void close() {
        memory.close();
    }

    private void reads(String kind, int times, Consumer<ClientOptions> options) {
        try (BowyerClient client = connect(servers.uri(kind), options)) {
            for (int i = 0; i < times; i++) {
                assertThat(client.dataset("ordered").count()).isEqualTo(2_000);
            }
        }
    }

    private BowyerClient connect(String uri, Consumer<ClientOptions> options) {
        return BowyerClient.connect(uri, chosen -> {
            chosen.allocator(memory).callTimeout(Duration.ofSeconds(20)).idleTimeout(Duration.ofSeconds(20));
            options.accept(chosen);
        });
    }

    private void fails(String code, String text, String uri, Consumer<ClientOptions> options) {
        try (BowyerClient client = connect(uri, options)) {
            PyarrowTest.assertFails(code, text, () -> client.dataset("numbers").count());
        }
    }

    @Test
    void aPasswordGivesATokenAndAnExpiredTokenANewLogin() {
        reads("logins", 8, options -> options.basic("ada", "lovelace"));
    }

    @Test
    void aTokenIsSent() {
        reads("logins", 3, options -> options.token(TOKEN));
    }

    @Test
    void aRefusedTokenIsFetchedAgainOnce() {
        AtomicInteger fetched = new AtomicInteger();
        reads(
                "logins",
                2,
                options -> options.token(() -> new Token(fetched.getAndIncrement() == 0 ? "an-old-one" : TOKEN, null)));
        assertThat(fetched).hasValue(2);
    }

    @Test
    void wrongLoginsAreRefused() {
        String uri = servers.uri("logins");
        fails("UNAUTHENTICATED", "wrong user or password", uri, options -> options.basic("ada", "byron"));
        fails("UNAUTHENTICATED", "no token", uri, options -> options.token("made-up"));
        fails("UNAUTHENTICATED", "no token", uri, options -> {});
    }

    @Test
    void theServersCertificateIsChecked() {
        reads("tls", 2, options -> options.trust(servers.file("ca.pem")));
        fails(ErrorCodes.UNAVAILABLE, "certif", servers.uri("tls"), options -> {});
        fails(
                ErrorCodes.UNAVAILABLE,
                "certif",
                servers.uri("tls"),
                options -> options.trust(servers.file("client.pem")));
    }

    @Test
    void theClientShowsItsCertificate() {
        reads(
                "mtls",
                2,
                options -> options.trust(servers.file("ca.pem"))
                        .clientCertificate(servers.file("client.pem"), servers.file("client.key")));
        fails(
                ErrorCodes.UNAVAILABLE,
                "client certificate",
                servers.uri("mtls"),
                options -> options.trust(servers.file("ca.pem")));
    }

    @Test
    void tlsAgainstPlainAndPlainAgainstTlsSayWhichItIs() {
        String plain = servers.uri("plain");
        String tls = servers.uri("tls");
        fails(ErrorCodes.UNAVAILABLE, "grpc://", plain.replace("grpc://", "grpc+tls://"), options -> {});
        fails(ErrorCodes.UNAVAILABLE, "grpc+tls://", tls.replace("grpc+tls://", "grpc://"), options -> {});
    }

    @Test
    void aUnixSocketIsRead() {
        reads("unix", 2, options -> {});
    }

    @Test
    void aSocketThatIsNotThereIsNamed() {
        Path missing = folder.resolve("no-socket");
        try (BowyerClient client = connect("grpc+unix://" + missing, options -> {})) {
            assertThatThrownBy(() -> client.dataset("numbers").count())
                    .isInstanceOf(BowyerException.class)
                    .asString()
                    .contains(missing.toString());
        }
    }
}
