package dev.bowyer.client;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.wire.Authorization;
import dev.bowyer.client.wire.BasicLogin;
import dev.bowyer.client.wire.BearerToken;
import dev.bowyer.client.wire.OAuthClient;
import dev.bowyer.client.wire.ServerUri;
import dev.bowyer.client.wire.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;

/** How a {@link BowyerClient} connects and what it may use. For one thread; what is not set has a default. */
public final class ClientOptions {
    /** Memory that the budget is by default: half of what the machine or the container has. */
    private static final int DEFAULT_BUDGET_SHARE = 2;
    /** Window of HTTP/2 in one stream: what is on its way while a message is copied. */
    private static final int DEFAULT_WINDOW = 4 * 1024 * 1024;

    private static final Duration SHORTEST_KEEP_ALIVE = Duration.ofSeconds(10);
    private static final int MAX_CONNECTIONS = 256;
    private static final int MAX_ATTEMPTS = 100;

    private Authorization authorization = Authorization.NONE;
    private final Map<String, String> headers = new LinkedHashMap<>();
    private @Nullable Path trust;
    private @Nullable Path certificate;
    private @Nullable Path key;
    private @Nullable String authority;
    private @Nullable ByteSize memoryBudget;
    private @Nullable BufferAllocator allocator;
    private @Nullable Executor executor;
    private int connections = Math.min(4, Runtime.getRuntime().availableProcessors());
    private Duration callTimeout = Duration.ofMinutes(5);
    private Duration idleTimeout = Duration.ofMinutes(5);
    private Duration keepAlive = Duration.ofMinutes(6);
    private int attempts = 4;

    ClientOptions() {}

    /** Sends {@code Authorization: Bearer ...} with every call. */
    public ClientOptions token(String token) {
        return token(() -> new Token(token, null));
    }

    /**
     * Asks {@code source} for a token when one is first needed, when it is about to expire, and once when the server refuses it. Of
     * several calls that need one at once, one asks.
     */
    public ClientOptions token(Supplier<Token> source) {
        authorization = new BearerToken(() -> {
            Token token = source.get();
            return new BearerToken.Token(token.value(), token.expires());
        });
        return this;
    }

    /** Logs in with user and password, and uses the token that the server gives for it. */
    public ClientOptions basic(String user, String password) {
        if (user.contains(":")) {
            throw invalid("user", user, "a name without a colon");
        }
        authorization = new BasicLogin(user, password);
        return this;
    }

    /**
     * Gets tokens by the client credentials grant.
     *
     * @param tokenEndpoint {@code https}, or {@code http} to this machine
     * @param scope null: none is asked for
     * @see <a href="https://www.rfc-editor.org/rfc/rfc6749#section-4.4">RFC 6749, section 4.4</a>
     */
    public ClientOptions oauth(URI tokenEndpoint, String clientId, String clientSecret, @Nullable String scope) {
        authorization = new BearerToken(new OAuthClient(tokenEndpoint, clientId, clientSecret, scope));
        return this;
    }

    /** A header of every call. */
    public ClientOptions header(String name, String value) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (!lower.matches("[a-z0-9_.-]{1,256}") || lower.endsWith("-bin")) {
            throw invalid("header", name, "letters, digits, '-', '_' and '.', and no ending -bin");
        }
        if (value.chars().anyMatch(c -> c < ' ' || c > '~')) {
            throw invalid("header " + name, value.length() + " characters", "printable ASCII");
        }
        headers.put(lower, value);
        return this;
    }

    /** Trusts the certificates in this PEM file, in place of those of the JVM. For {@code grpc+tls}. */
    public ClientOptions trust(Path certificates) {
        trust = readable("trust", certificates);
        return this;
    }

    /** Shows this certificate to the server (mTLS); both files are PEM, the key is PKCS #8. */
    public ClientOptions clientCertificate(Path chain, Path privateKey) {
        certificate = readable("certificate", chain);
        key = readable("key", privateKey);
        return this;
    }

    /** The name that the server's certificate has, where it is not the host's. */
    public ClientOptions authority(String name) {
        authority = name;
        return this;
    }

    /**
     * Most memory of everything that was read and is not closed. Besides, each stream that is read at once may have two messages on
     * their way, in memory of the transport. Default: half of this machine's, or container's.
     */
    public ClientOptions memoryBudget(ByteSize size) {
        memoryBudget = size;
        return this;
    }

    /** Takes memory from here; it stays the caller's, and is closed after all frames and batches. */
    public ClientOptions allocator(BufferAllocator parent) {
        allocator = parent;
        return this;
    }

    /** Runs what arrives. It must have threads of its own, and as many as streams are read at once. */
    public ClientOptions executor(Executor threads) {
        executor = threads;
        return this;
    }

    /** Over how many connections parallel streams are spread. Default: one a core, at most four. */
    public ClientOptions connections(int count) {
        connections = within("connections", count, MAX_CONNECTIONS);
        return this;
    }

    /** Longest time of a call that is not a stream of rows, planning for one. Default: 5 minutes. */
    public ClientOptions callTimeout(Duration timeout) {
        callTimeout = positive("callTimeout", timeout);
        return this;
    }

    /** Longest silence of a server that a reader waits for. Default: 5 minutes. */
    public ClientOptions idleTimeout(Duration timeout) {
        idleTimeout = positive("idleTimeout", timeout);
        return this;
    }

    /**
     * After so much silence of a connection with calls, the server is asked whether it lives. Default: 6 minutes, since most servers
     * end connections that ask more often than every 5; a Bowyer server takes 10 seconds.
     */
    public ClientOptions keepAlive(Duration interval) {
        if (interval.compareTo(SHORTEST_KEEP_ALIVE) < 0) {
            throw invalid("keepAlive", interval.toString(), "10 s or more");
        }
        keepAlive = interval;
        return this;
    }

    /** How often a call is tried in all when no server answers, or a stream that broke is resumed. Default: 4. */
    public ClientOptions attempts(int count) {
        attempts = within("attempts", count, MAX_ATTEMPTS);
        return this;
    }

    long budget() {
        ByteSize set = memoryBudget;
        return set == null ? PhysicalMemory.bytes() / DEFAULT_BUDGET_SHARE : set.bytes();
    }

    @Nullable
    BufferAllocator allocator() {
        return allocator;
    }

    @Nullable
    Executor executor() {
        return executor;
    }

    Settings settings(ServerUri uri) {
        boolean hasTls = trust != null || certificate != null;
        if (hasTls && uri.kind() != ServerUri.Kind.TLS) {
            throw invalid("uri", uri.toString(), "grpc+tls://, since TLS options are set");
        }
        return new Settings(
                uri,
                new Settings.Tls(trust, certificate, key, authority),
                authorization,
                Map.copyOf(headers),
                new Settings.Waits(callTimeout, idleTimeout, attempts, Duration.ofMillis(100), Duration.ofSeconds(5)),
                new Settings.Connections(connections, keepAlive, DEFAULT_WINDOW, budget()));
    }

    private static Path readable(String name, Path file) {
        if (!java.nio.file.Files.isReadable(file)) {
            throw invalid(name, file.toString(), "a file that can be read");
        }
        return file;
    }

    private static int within(String name, int value, int most) {
        if (value < 1 || value > most) {
            throw invalid(name, Integer.toString(value), "1 to " + most);
        }
        return value;
    }

    private static Duration positive(String name, Duration value) {
        if (value.isZero() || value.isNegative()) {
            throw invalid(name, value.toString(), "more than 0");
        }
        return value;
    }

    private static BowyerException invalid(String name, String value, String expected) {
        return BowyerException.of(
                ErrorCodes.INVALID_ARGUMENT, name + ": " + value + " (expected: " + expected + ")", null);
    }
}
