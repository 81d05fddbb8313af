package dev.bowyer.flight.session;

import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a client can choose: for a session by SetSessionOptions, for one call by the header
/// [#HEADER_PREFIX] and the name. Values are text; both names and values are compared exactly.
public enum SessionOption {
    CATALOG("catalog", DatasetName.CATALOG, "The catalog of names without one; there is only one"),
    SCHEMA("schema", DatasetName.DEFAULT_NAMESPACE, "The schema of table names without one, in SQL"),
    WIRE("wire", "compat", "Types that every client reads, or the engine's own with views and dictionaries"),
    TIMESTAMP_UNIT("timestamp-unit", "as-is", "`ns` sends every timestamp in nanoseconds, as Grafana reads them"),
    TIMESTAMP_ZONE("timestamp-zone", "as-is", "`drop` sends timestamps with a zone as UTC without one"),
    DECIMAL("decimal", "as-is", "`double` sends decimals as 64-bit floating-point numbers"),
    PARALLELISM("parallelism", "1", "Up to how many endpoints an unordered result is divided over");

    public static final String HEADER_PREFIX = "x-bowyer-";
    /// Most endpoints of one result.
    public static final int MAX_PARALLELISM = 64;
    /// Longest value, in UTF-16 code units.
    static final int MAX_VALUE_LENGTH = 1_024;

    private final String optionName;
    private final String defaultValue;
    private final String description;

    SessionOption(String optionName, String defaultValue, String description) {
        this.optionName = optionName;
        this.defaultValue = defaultValue;
        this.description = description;
    }

    public String optionName() {
        return optionName;
    }

    public String defaultValue() {
        return defaultValue;
    }

    /// For people, in Markdown.
    public String description() {
        return description;
    }

    /// The values there are; empty where that depends.
    public List<String> possible() {
        return switch (this) {
            case CATALOG -> List.of(DatasetName.CATALOG);
            case WIRE -> List.of("compat", "native");
            case TIMESTAMP_UNIT -> List.of("as-is", "ns");
            case TIMESTAMP_ZONE -> List.of("as-is", "drop");
            case DECIMAL -> List.of("as-is", "double");
            case SCHEMA, PARALLELISM -> List.of();
        };
    }

    /// @return null if there is none of that name
    static @Nullable SessionOption named(String name) {
        return Arrays.stream(values())
                .filter(option -> option.optionName.equals(name))
                .findFirst()
                .orElse(null);
    }

    static Stream<String> names() {
        return Arrays.stream(values()).map(SessionOption::optionName);
    }

    /// @param label what the client calls it, for the message
    /// @throws ServiceException INVALID_ARGUMENT, naming what is possible
    String check(String label, String value, CatalogSnapshot snapshot) {
        String expected = value.length() > MAX_VALUE_LENGTH
                ? "at most " + MAX_VALUE_LENGTH + " characters"
                : switch (this) {
                    case SCHEMA -> isNamespace(value, snapshot) ? null : "the name of a schema";
                    case PARALLELISM -> isParallelism(value) ? null : "1 to " + MAX_PARALLELISM;
                    case CATALOG, WIRE, TIMESTAMP_UNIT, TIMESTAMP_ZONE, DECIMAL ->
                        possible().contains(value) ? null : String.join(" or ", possible());
                };
        if (expected == null) {
            return value;
        }
        String shown = value.length() > MAX_VALUE_LENGTH ? value.substring(0, 20) + "..." : value;
        throw new ServiceException(
                ErrorCode.INVALID_ARGUMENT,
                label + ": \"" + shown + "\" (expected: " + expected + ")",
                this == SCHEMA ? NearestNames.hint(shown, namespaces(snapshot)) : null);
    }

    private static boolean isNamespace(String value, CatalogSnapshot snapshot) {
        return namespaces(snapshot).anyMatch(value::equals);
    }

    private static Stream<String> namespaces(CatalogSnapshot snapshot) {
        Stream<String> registered =
                snapshot.datasets().stream().map(dataset -> dataset.name().namespace());
        return Stream.concat(Stream.of(DatasetName.DEFAULT_NAMESPACE, "information_schema"), registered)
                .distinct();
    }

    private static boolean isParallelism(String value) {
        if (!value.matches("[0-9]{1,2}")) {
            return false;
        }
        int parallelism = Integer.parseInt(value);
        return parallelism >= 1 && parallelism <= MAX_PARALLELISM;
    }
}
