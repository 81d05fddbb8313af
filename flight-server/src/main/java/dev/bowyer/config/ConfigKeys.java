package dev.bowyer.config;

import static dev.bowyer.config.ConfigKey.optional;
import static dev.bowyer.config.ConfigKey.required;
import static dev.bowyer.config.ConfigKey.withDefault;

import dev.bowyer.access.Seal;
import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Durations;
import dev.bowyer.dataset.SourceSpec;
import dev.bowyer.error.ServiceException;
import java.net.URI;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/// Every key there is. The loader accepts these and no others; the reference page lists them in this order.
final class ConfigKeys {
    private static final ValueType<ListenAddress> ADDRESS =
            new ValueType<>("address", "HOST:PORT, such as 127.0.0.1:8815", ListenAddress::parse);
    private static final ValueType<ByteSize> SIZE =
            new ValueType<>("size", "a size such as 512MiB, 2GiB or 60%", ByteSize::parse);
    static final ValueType<Duration> DURATION =
            new ValueType<>("duration", "a duration such as 500ms, 30s, 5m or 2h", Durations::parse);
    private static final ValueType<URI> LOCATION = new ValueType<>(
            "location", "grpc://HOST:PORT or grpc+tls://HOST:PORT that clients reach, not 0.0.0.0", Advertised::parse);
    private static final ValueType<byte[]> SEALING_KEYS = ValueType.ofSecret(
            "list of secrets",
            "a list of base 64 texts of at least " + Seal.MIN_KEY_BYTES + " bytes",
            ConfigKeys::sealingKey);
    private static final ValueType<String> TEXT = new ValueType<>("text", "a text", ConfigKeys::text);
    private static final ValueType<DatasetName> NAME =
            new ValueType<>("name", "a name such as trips or sales.orders", ConfigKeys::name);
    private static final ValueType<String> FORMAT = new ValueType<>("format", formats(), ConfigKeys::format);
    private static final ValueType<Boolean> BOOLEAN = new ValueType<>("boolean", "true or false", ConfigKeys::bool);
    private static final ValueType<Character> CHARACTER =
            new ValueType<>("character", "one ASCII character", ConfigKeys::character);

    static final ConfigKey<ListenAddress> SERVER_FLIGHT = withDefault(
            "server.flight",
            ADDRESS,
            "127.0.0.1:8815",
            "Where Flight and Flight SQL are served. Port 0 picks a free one. An address that other machines reach needs"
                    + " `--insecure`, since there is no TLS yet: data and passwords travel in the clear.");
    static final ConfigKey<URI> SERVER_ADVERTISE = optional(
            "server.advertise",
            LOCATION,
            "The address that clients should use, put into every endpoint; by default endpoints have none, which means"
                    + " the server that answered.");
    static final ConfigKey<ByteSize> LIMITS_QUERY_MEMORY = withDefault(
            "limits.query-memory",
            SIZE,
            "100%",
            "Memory that the joins, aggregates and sorts of one query may hold; a share is of `limits.total-memory`.");
    static final ConfigKey<ByteSize> LIMITS_TOTAL_MEMORY = withDefault(
            "limits.total-memory",
            SIZE,
            "50%",
            "The same for all queries together; a share is of the machine's (or container's) memory less the Java heap and"
                    + " direct memory. The rest is slack for what is not counted.");
    static final ConfigKey<Duration> LIMITS_TIMEOUT = withDefault(
            "limits.timeout",
            DURATION,
            "0s",
            "Longest run of one query, from its start until its last rows are made; a reader that stalls counts; 0s: none.");
    static final ConfigKey<byte[]> TICKETS_KEYS = optional(
            "tickets.keys",
            SEALING_KEYS,
            "What tickets, handles and access tokens are sealed with: the first key seals, all open, so that a new one"
                    + " can be put before the old; the same on every replica. Write them as references; in the"
                    + " variable commas separate them. By default one random key for each process: tickets and logins"
                    + " end with it.");
    static final ConfigKey<Duration> TICKETS_EXPIRY = withDefault(
            "tickets.expiry",
            duration(Duration.ofSeconds(1), "1s", Duration.ofHours(24), "24h"),
            "15m",
            "How long a ticket is valid.");
    static final ConfigKey<Boolean> TICKETS_PLAIN = withDefault(
            "tickets.plain",
            BOOLEAN,
            "true",
            "Whether DoGet takes tickets that clients make themselves: the name of a dataset or a JSON command.");
    static final ConfigKey<Boolean> TICKETS_RAW_SQL = withDefault(
            "tickets.raw-sql", BOOLEAN, "false", "Whether the bytes of a CMD descriptor may be bare SQL text.");
    static final ConfigKey<String> USER_NAME = required(
            "auth.users[].name",
            TEXT,
            "Someone who may log in. Without users there is no login, and everyone may call.");
    static final ConfigKey<String> USER_PASSWORD_HASH = required(
            "auth.users[].password-hash",
            ValueType.ofSecret("secret", "a text: a bcrypt hash as htpasswd -nbB makes it", ConfigKeys::text),
            "The password's hash: bcrypt (`$2a$`, `$2b$`, `$2y$`) with a cost of 4 to 14.");
    static final ConfigKey<String> AUTH_ADMINS = optional(
            "auth.admins",
            new ValueType<>("list of names", "a list of users' names, such as [ann]", ConfigKeys::text),
            "Who may register and drop datasets at run time, and see and cancel the queries of others: names of"
                    + " `auth.users`; by default nobody. Without users everyone may.");
    static final ConfigKey<Duration> AUTH_TOKEN_EXPIRY = withDefault(
            "auth.token-expiry",
            duration(Duration.ofMinutes(1), "1m", Duration.ofDays(30), "30d"),
            "12h",
            "How long a login is valid; then a client has to log in again.");
    static final ConfigKey<DatasetName> DATASET_NAME =
            required("datasets[].name", NAME, "The name in SQL: `table` or `namespace.table`.");
    static final ConfigKey<String> DATASET_FROM = optional(
            "datasets[].from",
            TEXT,
            "A file, a folder (read with its subfolders), a glob, or the folder of an Iceberg or Delta table; a path or"
                    + " a URL below one of the `stores`. This, or `catalog` and `table`.");
    static final ConfigKey<String> DATASET_CATALOG =
            optional("datasets[].catalog", TEXT, "The name of one of the `catalogs`, in place of `from`.");
    static final ConfigKey<String> DATASET_TABLE =
            optional("datasets[].table", TEXT, "The table in that catalog: `namespace.table`.");
    static final ConfigKey<String> DATASET_FORMAT = optional(
            "datasets[].format",
            FORMAT,
            "The format of the files, or of the table; by default the endings of the files tell, or the metadata in the"
                    + " folder.");
    static final ConfigKey<AsOf> DATASET_AS_OF = optional(
            "datasets[].as-of",
            new ValueType<>(
                    "version",
                    "a snapshot id, a version, a moment such as 2026-01-31T12:00:00Z, a branch or a tag",
                    ConfigKeys::asOf),
            "The version of the table that is read in place of the newest.");
    static final ConfigKey<String> DATASET_PARTITIONS = optional(
            "datasets[].partitions",
            new ValueType<>("list of texts", "a list of column names, such as [year, month]", ConfigKeys::text),
            "The columns that stand in the folders' names (`year=2026/month=1/`), in their order; by default found.");
    static final ConfigKey<Duration> DATASET_REFRESH = optional(
            "datasets[].refresh",
            DURATION,
            "How often to look for new, changed and removed files; by default every query looks.");
    static final ConfigKey<Character> CSV_DELIMITER =
            withDefault("datasets[].csv.delimiter", CHARACTER, ",", "What separates the fields of a CSV file.");
    static final ConfigKey<Boolean> CSV_HEADER = withDefault(
            "datasets[].csv.header", BOOLEAN, "true", "Whether the first line of a CSV file names its columns.");

    private static final List<ConfigKey<?>> SERVER_AND_MEMORY =
            List.of(SERVER_FLIGHT, SERVER_ADVERTISE, LIMITS_QUERY_MEMORY, LIMITS_TOTAL_MEMORY, LIMITS_TIMEOUT);
    private static final List<ConfigKey<?>> OTHERS = List.of(
            TICKETS_KEYS,
            TICKETS_EXPIRY,
            TICKETS_PLAIN,
            TICKETS_RAW_SQL,
            USER_NAME,
            USER_PASSWORD_HASH,
            AUTH_ADMINS,
            AUTH_TOKEN_EXPIRY,
            DATASET_NAME,
            DATASET_FROM,
            DATASET_CATALOG,
            DATASET_TABLE,
            DATASET_FORMAT,
            DATASET_AS_OF,
            DATASET_PARTITIONS,
            DATASET_REFRESH,
            CSV_DELIMITER,
            CSV_HEADER);

    static final List<ConfigKey<?>> ALL = Stream.of(
                    SERVER_AND_MEMORY,
                    ServiceKeys.SERVER,
                    ServiceKeys.LIMITS,
                    ServiceKeys.HTTP_AND_TELEMETRY,
                    OTHERS,
                    StoreKeys.ALL)
            .<ConfigKey<?>>flatMap(List::stream)
            .toList();

    private ConfigKeys() {}

    /// The names that may stand directly below `path` (empty: at the top).
    static List<String> namesBelow(String path) {
        String prefix = path.isEmpty() ? "" : path + ".";
        return ALL.stream()
                .map(ConfigKey::path)
                .filter(key -> key.startsWith(prefix))
                .map(key -> key.substring(prefix.length()).replaceFirst("[.\\[].*", ""))
                .distinct()
                .toList();
    }

    /// Every environment variable that there is.
    static List<String> variables() {
        return ALL.stream().map(ConfigKey::variable).filter(Objects::nonNull).toList();
    }

    /// Whether the name is under a prefix that the keys of one section share, as in `BOWYER_LIMITS_X`.
    static boolean isVariableOfASection(String name) {
        return variables().stream()
                .map(variable -> variable.substring(0, variable.indexOf('_', "BOWYER_".length()) + 1))
                .anyMatch(name::startsWith);
    }

    private static String text(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    static ValueType<Duration> duration(Duration least, String leastText, Duration most, String mostText) {
        return new ValueType<>("duration", "a duration of " + leastText + " to " + mostText, text -> {
            Duration duration = Durations.parse(text);
            if (duration.compareTo(least) < 0 || duration.compareTo(most) > 0) {
                throw new IllegalArgumentException(text);
            }
            return duration;
        });
    }

    private static byte[] sealingKey(String base64) {
        byte[] key = Base64.getDecoder().decode(base64.strip());
        if (key.length < Seal.MIN_KEY_BYTES) {
            throw new IllegalArgumentException("too short");
        }
        return key;
    }

    private static DatasetName name(String text) {
        try {
            return DatasetName.parse(text);
        } catch (ServiceException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static String format(String text) {
        if (!SourceSpec.formats().contains(text)) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    private static String formats() {
        return String.join(", ", SourceSpec.formats());
    }

    private static AsOf asOf(String text) {
        try {
            return AsOf.parse(text);
        } catch (ServiceException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static boolean bool(String text) {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(text);
        };
    }

    private static char character(String text) {
        if (text.length() != 1 || text.charAt(0) > 127) {
            throw new IllegalArgumentException(text);
        }
        return text.charAt(0);
    }
}
