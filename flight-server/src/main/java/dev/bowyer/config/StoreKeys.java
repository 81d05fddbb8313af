package dev.bowyer.config;

import static dev.bowyer.config.ConfigKey.optional;
import static dev.bowyer.config.ConfigKey.required;
import static dev.bowyer.config.ConfigKey.withDefault;

import dev.bowyer.dataset.Durations;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// The keys of `stores` and `catalogs`: where data lies outside of this machine.
final class StoreKeys {
    private static final ValueType<String> TEXT = new ValueType<>("text", "a text", StoreKeys::text);
    private static final ValueType<String> SECRET = ValueType.ofSecret("secret", "a text", StoreKeys::text);
    private static final ValueType<String> BOOLEAN = new ValueType<>("boolean", "true or false", StoreKeys::bool);
    /// In milliseconds, as the engine takes it.
    private static final ValueType<String> MILLIS = new ValueType<>(
            "duration",
            "a duration such as 500ms, 30s, 5m or 2h",
            text -> Long.toString(Durations.parse(text).toMillis()));

    private static final ValueType<String> COUNT = new ValueType<>("number", "a number of 0 to 100", StoreKeys::count);
    private static final ValueType<String> PREFIX = new ValueType<>(
            "prefix", "a URL that ends in /, such as s3://lake/ or az://container/folder/", StoreKeys::prefix);
    private static final Set<String> SCHEMES = Set.of("file", "s3", "gs", "az", "abfss", "http", "https");

    static final ConfigKey<String> PREFIX_KEY = required(
            "stores[].prefix",
            PREFIX,
            "Datasets and tables below this URL (`s3://`, `gs://`, `az://`, `abfss://`, `https://`, `file://`) may be"
                    + " read, with the options beside it; of several prefixes the longest holds. Without an entry a"
                    + " remote URL cannot be read.");

    /// Options of stores, under the names that the engine knows.
    static final List<ConfigKey<String>> OPTIONS = List.of(
            option("region", TEXT, "S3: the region; by default that of the environment or profile, or `us-east-1`."),
            option("endpoint", TEXT, "The address of an S3-compatible (MinIO, Ceph, ...), GCS or Azure service."),
            option(
                    "access-key-id",
                    SECRET,
                    "S3: the key. Without one the environment (`AWS_*`) and the profile are" + " asked."),
            option("secret-access-key", SECRET, "S3: what belongs to the key."),
            option("session-token", SECRET, "S3: of temporary keys."),
            option("anonymous", BOOLEAN, "S3, GCS, Azure: requests are not signed."),
            option(
                    "path-style",
                    BOOLEAN,
                    "S3: the bucket in the path, not in the host name; by default true with an" + " endpoint."),
            option("profile", TEXT, "S3: the profile of the shared credentials and configuration files."),
            option("profile-file", TEXT, "S3: the credentials file; by default `~/.aws/credentials`."),
            option("environment", BOOLEAN, "S3: whether `AWS_*` variables may give credentials; by default true."),
            option(
                    "instance-metadata",
                    BOOLEAN,
                    "S3: whether the metadata service of the machine may be asked for"
                            + " credentials; by default false."),
            option("service-account-file", TEXT, "GCS: the JSON file of a service account."),
            option("service-account-key", SECRET, "GCS: the same as text."),
            option("account", TEXT, "Azure: the storage account; `abfss://` URLs name it themselves."),
            option("account-key", SECRET, "Azure: the account's key."),
            option("sas-token", SECRET, "Azure: a shared access signature."),
            option("client-id", TEXT, "Azure: of a service principal."),
            option("client-secret", SECRET, "Azure: of a service principal."),
            option("tenant-id", TEXT, "Azure: of a service principal."),
            option("bearer-token", SECRET, "HTTP: sent with every request."),
            option("ca-file", TEXT, "PEM certificates that are trusted besides the system's, for a private CA."),
            option(
                    "allow-http",
                    BOOLEAN,
                    "Whether the endpoint may be plain `http://`: keys and data travel in the"
                            + " clear; by default false."),
            option("timeout", MILLIS, "Of one request; by default 30s."),
            option("connect-timeout", MILLIS, "Of a connection; by default 5s."),
            option("retries", COUNT, "How often a request is repeated at most; by default 5."),
            option("retry-budget", MILLIS, "How long a request is repeated at most, in all; by default 30s."),
            option("retry-backoff", MILLIS, "The first pause, which doubles up to 5s, with jitter; by default 100ms."),
            option("list-cache", MILLIS, "How long a listing of files is kept; by default every look lists anew."));

    static final ConfigKey<String> CATALOG_NAME = required(
            "catalogs[].name",
            new ValueType<>("name", "a name of letters, digits, _ and -", StoreKeys::catalogName),
            "An Iceberg catalog. Its tables are `name.namespace.table` in SQL, listed when somebody asks.");
    static final ConfigKey<String> CATALOG_TYPE =
            required("catalogs[].type", new ValueType<>("type", "rest or jdbc", StoreKeys::catalogType), "Its kind.");
    static final ConfigKey<String> CATALOG_URI =
            required("catalogs[].uri", TEXT, "Its address: `https://...` of a REST catalog, `jdbc:...` of a database.");
    static final ConfigKey<String> CATALOG_WAREHOUSE =
            optional("catalogs[].warehouse", TEXT, "The warehouse that is asked for.");
    static final ConfigKey<String> CATALOG_TOKEN = optional("catalogs[].token", SECRET, "REST: a bearer token.");
    static final ConfigKey<String> CATALOG_CREDENTIAL = optional(
            "catalogs[].credential", SECRET, "REST: `client-id:client-secret`, exchanged for tokens (OAuth 2).");
    static final ConfigKey<String> CATALOG_OAUTH_URI = optional(
            "catalogs[].oauth2-server-uri", TEXT, "REST: where tokens are had; by default the catalog itself.");
    static final ConfigKey<String> CATALOG_SCOPE = optional("catalogs[].scope", TEXT, "REST: the scope of tokens.");
    static final ConfigKey<String> CATALOG_USER = optional("catalogs[].user", TEXT, "JDBC: the user.");
    static final ConfigKey<String> CATALOG_PASSWORD =
            optional("catalogs[].password", SECRET, "JDBC: the user's password.");
    static final ConfigKey<Duration> CATALOG_TIMEOUT =
            withDefault("catalogs[].timeout", duration(), "30s", "How long one call of the catalog may take.");
    static final ConfigKey<Duration> CATALOG_REFRESH = withDefault(
            "catalogs[].refresh",
            duration(),
            "10s",
            "How often at most the catalog is asked for its tables, and for the newest version of one.");
    static final ConfigKey<String> CATALOG_MOUNT = withDefault(
            "catalogs[].mount", BOOLEAN, "true", "Whether its tables can be used without being listed in `datasets`.");

    static final List<ConfigKey<?>> ALL = Stream.<ConfigKey<?>>concat(
                    Stream.concat(Stream.of(PREFIX_KEY), OPTIONS.stream()),
                    Stream.of(
                            CATALOG_NAME,
                            CATALOG_TYPE,
                            CATALOG_URI,
                            CATALOG_WAREHOUSE,
                            CATALOG_TOKEN,
                            CATALOG_CREDENTIAL,
                            CATALOG_OAUTH_URI,
                            CATALOG_SCOPE,
                            CATALOG_USER,
                            CATALOG_PASSWORD,
                            CATALOG_TIMEOUT,
                            CATALOG_REFRESH,
                            CATALOG_MOUNT))
            .toList();

    private StoreKeys() {}

    private static ConfigKey<String> option(String name, ValueType<String> type, String description) {
        return optional("stores[]." + name, type, description);
    }

    private static ValueType<Duration> duration() {
        return new ValueType<>("duration", "a duration such as 500ms, 30s, 5m or 2h", Durations::parse);
    }

    private static String text(String text) {
        if (text.isBlank()) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    private static String bool(String text) {
        if (!text.equals("true") && !text.equals("false")) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    private static String count(String text) {
        if (!text.matches("[0-9]{1,2}|100")) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    private static String prefix(String text) {
        int scheme = text.indexOf("://");
        if (scheme < 0
                || !SCHEMES.contains(text.substring(0, scheme))
                || !text.endsWith("/")
                || text.contains("/../")) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    private static String catalogName(String text) {
        if (!text.matches("[\\p{L}\\p{Nd}_-]{1,100}")) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }

    private static String catalogType(String text) {
        if (!text.equals("rest") && !text.equals("jdbc")) {
            throw new IllegalArgumentException(text);
        }
        return text;
    }
}
