package dev.bowyer.config;

import static dev.bowyer.config.ConfigKey.optional;
import static dev.bowyer.config.ConfigKey.withDefault;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The keys of what a server in production has beside Flight: HTTP, queues, telemetry, an orderly end.
final class ServiceKeys {
    private static final ValueType<HttpAddress> HTTP_ADDRESS =
            new ValueType<>("address", "HOST:PORT, such as 127.0.0.1:8816, or off", HttpAddress::parse);
    private static final ValueType<Path> FOLDER = new ValueType<>("folder", "a path", ServiceKeys::path);
    private static final ValueType<URI> OTLP =
            new ValueType<>("URL", "http://HOST:PORT/PATH or https://HOST:PORT/PATH", ServiceKeys::otlp);
    private static final ValueType<String> ORIGIN = new ValueType<>(
            "list of origins", "a list such as [https://dash.example], or [\"*\"]", ServiceKeys::origin);
    private static final ValueType<LogFormat> LOG_FORMAT = new ValueType<>("format", "text or json", LogFormat::parse);
    private static final ValueType<Long> BYTES =
            new ValueType<>("size", "a size such as 64MiB; 0 turns it off", ServiceKeys::bytes);

    static final ConfigKey<HttpAddress> SERVER_HTTP = withDefault(
            "server.http",
            HTTP_ADDRESS,
            "127.0.0.1:8816",
            "Where HTTP is served: queries, datasets, health, metrics. Port 0 picks a free one; `off`: nowhere.");
    static final ConfigKey<Path> SERVER_DATA_FOLDER = optional(
            "server.data-folder",
            FOLDER,
            "Where datasets that are registered at run time are remembered; by default they end with the process.");
    static final ConfigKey<Path> SERVER_DATASETS_BELOW = optional(
            "server.datasets-below",
            new ValueType<>("list of folders", "a list of paths, such as [/data]", ServiceKeys::path),
            "Folders below which administrators may register local files at run time; by default nowhere. URLs may be"
                    + " registered below the `stores`.");
    static final ConfigKey<Duration> SERVER_DRAIN = withDefault(
            "server.drain",
            ConfigKeys.duration(Duration.ZERO, "0s", Duration.ofHours(1), "1h"),
            "30s",
            "How long running streams may go on after SIGTERM before they are cancelled.");
    static final ConfigKey<Integer> CONCURRENT_QUERIES = withDefault(
            "limits.concurrent-queries",
            count(1, 10_000),
            "64",
            "Queries that run at the same time; more wait in the queue.");
    static final ConfigKey<Integer> PER_CALLER = optional(
            "limits.per-caller",
            count(1, 10_000),
            "The same for one user; by default `limits.concurrent-queries`. Callers without a login are one user.");
    static final ConfigKey<Integer> QUEUE = withDefault(
            "limits.queue", count(0, 100_000), "100", "Queries that wait for their turn; more are refused at once.");
    static final ConfigKey<Duration> QUEUE_WAIT = withDefault(
            "limits.queue-wait",
            ConfigKeys.duration(Duration.ofMillis(1), "1ms", Duration.ofHours(1), "1h"),
            "30s",
            "How long a query waits for its turn before it is refused.");
    static final ConfigKey<Duration> STALL_TIMEOUT = withDefault(
            "limits.stall-timeout",
            ConfigKeys.duration(Duration.ZERO, "0s", Duration.ofHours(24), "24h"),
            "10m",
            "How long a Flight stream waits for a reader that takes nothing before it is ended and its slot is free; 0s:"
                    + " for ever.");
    static final ConfigKey<Long> SPILL = withDefault(
            "limits.spill",
            BYTES,
            "64GiB",
            "Disk for what queries hold beyond their memory, of all together; 0: none, and they fail instead.");
    static final ConfigKey<Path> SPILL_FOLDER = optional(
            "limits.spill-folder",
            FOLDER,
            "Where that disk is; made if it is missing. By default the system's folder for temporary files, which on some"
                    + " machines is memory.");
    static final ConfigKey<String> HTTP_CORS = optional(
            "http.cors-origins",
            ORIGIN,
            "Origins whose pages may call from a browser, or `*` for all; by default none may.");
    static final ConfigKey<Long> HTTP_MAX_BODY =
            withDefault("http.max-body", BYTES, "1MiB", "Largest body of a request; a larger one is refused.");
    static final ConfigKey<Long> HTTP_CACHE = withDefault(
            "http.cache",
            BYTES,
            "64MiB",
            "Memory for answers that are kept as long as the data behind them stays the same; 0: none are.");
    static final ConfigKey<Long> HTTP_CACHE_ENTRY = withDefault(
            "http.cache-entry",
            BYTES,
            "1MiB",
            "Largest answer that gets an ETag and is kept; it is made whole before its first byte is sent.");
    static final ConfigKey<Duration> HTTP_STALL_TIMEOUT = withDefault(
            "http.stall-timeout",
            ConfigKeys.duration(Duration.ofSeconds(1), "1s", Duration.ofHours(1), "1h"),
            "60s",
            "How long a client may neither read nor send before its connection is closed and its query cancelled.");
    static final ConfigKey<URI> OTLP_TRACES = optional(
            "telemetry.otlp-traces",
            OTLP,
            "Where spans are sent (OTLP over HTTP), such as `http://collector:4318/v1/traces`; by default nowhere.");
    static final ConfigKey<URI> OTLP_METRICS = optional(
            "telemetry.otlp-metrics",
            OTLP,
            "Where metrics are pushed (OTLP over HTTP), beside `/metrics`; by default nowhere.");
    static final ConfigKey<LogFormat> LOG_FORMAT_KEY =
            withDefault("telemetry.log-format", LOG_FORMAT, "text", "Log lines for people, or one JSON object a line.");
    static final ConfigKey<Duration> SLOW_QUERY = withDefault(
            "telemetry.slow-query",
            ConfigKeys.DURATION,
            "10s",
            "A query that takes as long as this is logged as a warning with what it used; 0s: none is.");

    static final List<ConfigKey<?>> SERVER =
            List.of(SERVER_HTTP, SERVER_DATA_FOLDER, SERVER_DATASETS_BELOW, SERVER_DRAIN);
    static final List<ConfigKey<?>> LIMITS =
            List.of(CONCURRENT_QUERIES, PER_CALLER, QUEUE, QUEUE_WAIT, STALL_TIMEOUT, SPILL, SPILL_FOLDER);
    static final List<ConfigKey<?>> HTTP_AND_TELEMETRY = List.of(
            HTTP_CORS,
            HTTP_MAX_BODY,
            HTTP_CACHE,
            HTTP_CACHE_ENTRY,
            HTTP_STALL_TIMEOUT,
            OTLP_TRACES,
            OTLP_METRICS,
            LOG_FORMAT_KEY,
            SLOW_QUERY);

    private ServiceKeys() {}

    /// Where HTTP is served.
    ///
    /// @param address null: nowhere
    record HttpAddress(@Nullable ListenAddress address) {
        static HttpAddress parse(String text) {
            return new HttpAddress(text.equals("off") ? null : ListenAddress.parse(text));
        }
    }

    private static ValueType<Integer> count(int least, int most) {
        return new ValueType<>("number", "a number of " + least + " to " + most, text -> {
            int number = Integer.parseInt(text);
            if (number < least || number > most) {
                throw new IllegalArgumentException(text);
            }
            return number;
        });
    }

    private static long bytes(String text) {
        if (text.equals("0")) {
            return 0;
        }
        if (ByteSize.parse(text) instanceof ByteSize.Exact(long bytes)) {
            return bytes;
        }
        throw new IllegalArgumentException(text);
    }

    private static Path path(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException(text);
        }
        return Path.of(text);
    }

    private static URI otlp(String text) {
        URI uri = URI.create(text);
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        if ((!scheme.equals("http") && !scheme.equals("https")) || uri.getHost() == null) {
            throw new IllegalArgumentException(text);
        }
        return uri;
    }

    private static String origin(String text) {
        if (!text.equals("*") && !text.matches("https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?")) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }
}
