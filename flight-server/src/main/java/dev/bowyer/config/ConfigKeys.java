package dev.bowyer.config;

import static dev.bowyer.config.ConfigKey.optional;
import static dev.bowyer.config.ConfigKey.required;
import static dev.bowyer.config.ConfigKey.withDefault;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.FileFormat;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/// Every key there is. The loader accepts these and no others; the reference page lists them in this order.
final class ConfigKeys {
    private static final ValueType<ListenAddress> ADDRESS =
            new ValueType<>("address", "HOST:PORT, such as 127.0.0.1:8815", ListenAddress::parse);
    private static final ValueType<ByteSize> SIZE =
            new ValueType<>("size", "a size such as 512MiB, 2GiB or 60%", ByteSize::parse);
    private static final ValueType<Duration> DURATION =
            new ValueType<>("duration", "a duration such as 500ms, 30s, 5m or 2h", Durations::parse);
    private static final ValueType<String> TEXT = new ValueType<>("text", "a text", ConfigKeys::text);
    private static final ValueType<DatasetName> NAME =
            new ValueType<>("name", "a name such as trips or sales.orders", ConfigKeys::name);
    private static final ValueType<FileFormat> FORMAT = new ValueType<>("format", formats(), ConfigKeys::format);
    private static final ValueType<Boolean> BOOLEAN = new ValueType<>("boolean", "true or false", ConfigKeys::bool);
    private static final ValueType<Character> CHARACTER =
            new ValueType<>("character", "one ASCII character", ConfigKeys::character);

    static final ConfigKey<ListenAddress> SERVER_FLIGHT = withDefault(
            "server.flight",
            ADDRESS,
            "127.0.0.1:8815",
            "Where Flight and Flight SQL are served. Port 0 picks a free one. An address that other machines reach needs"
                    + " `--insecure`, since there is no authentication yet.");
    static final ConfigKey<ByteSize> LIMITS_QUERY_MEMORY = withDefault(
            "limits.query-memory",
            SIZE,
            "100%",
            "Memory that the joins, aggregates and sorts of one query may hold; a share is of `limits.total-memory`.");
    static final ConfigKey<ByteSize> LIMITS_TOTAL_MEMORY = withDefault(
            "limits.total-memory",
            SIZE,
            "60%",
            "The same for all queries together; a share is of the machine's (or container's) memory less the Java heap.");
    static final ConfigKey<Duration> LIMITS_TIMEOUT = withDefault(
            "limits.timeout",
            DURATION,
            "0s",
            "Longest run of one query, from its start until its last rows are made; a reader that stalls counts; 0s: none.");
    static final ConfigKey<DatasetName> DATASET_NAME =
            required("datasets[].name", NAME, "The name in SQL: `table` or `namespace.table`.");
    static final ConfigKey<String> DATASET_FROM = required(
            "datasets[].from",
            TEXT,
            "A file, a folder (read with its subfolders) or a glob; a path or a `file://` URI.");
    static final ConfigKey<FileFormat> DATASET_FORMAT =
            optional("datasets[].format", FORMAT, "The format of the files; by default their endings tell.");
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

    static final List<ConfigKey<?>> ALL = List.of(
            SERVER_FLIGHT,
            LIMITS_QUERY_MEMORY,
            LIMITS_TOTAL_MEMORY,
            LIMITS_TIMEOUT,
            DATASET_NAME,
            DATASET_FROM,
            DATASET_FORMAT,
            DATASET_PARTITIONS,
            DATASET_REFRESH,
            CSV_DELIMITER,
            CSV_HEADER);

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

    private static DatasetName name(String text) {
        try {
            return DatasetName.parse(text);
        } catch (ServiceException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static FileFormat format(String text) {
        return Arrays.stream(FileFormat.values())
                .filter(format -> format.id().equals(text))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(text));
    }

    private static String formats() {
        return Arrays.stream(FileFormat.values()).map(FileFormat::id).collect(Collectors.joining(", "));
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
