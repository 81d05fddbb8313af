package dev.bowyer.dataset;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;

/// The SQL name of a dataset: `namespace.table`. The catalog is always [#CATALOG]; a name without a namespace
/// lives in [#DEFAULT_NAMESPACE].
public record DatasetName(String namespace, String table) implements Comparable<DatasetName> {
    /// The one catalog of a server, as `information_schema` and the metadata commands report it.
    public static final String CATALOG = "bowyer";

    public static final String DEFAULT_NAMESPACE = "public";
    /// Longest namespace and longest table name, in UTF-16 code units.
    public static final int MAX_LENGTH = 255;

    public DatasetName {
        check("namespace", namespace);
        check("table", table);
    }

    /// Reads `table` or `namespace.table`. Only the first dot splits.
    ///
    /// @throws ServiceException INVALID_ARGUMENT for an empty part, a control character or a part over
    ///     [#MAX_LENGTH]
    public static DatasetName parse(String text) {
        int dot = text.indexOf('.');
        return dot < 0
                ? new DatasetName(DEFAULT_NAMESPACE, text)
                : new DatasetName(text.substring(0, dot), text.substring(dot + 1));
    }

    /// Whether `part` can be a namespace or a table name.
    public static boolean isValid(String part) {
        return !part.isBlank() && part.length() <= MAX_LENGTH && part.chars().noneMatch(Character::isISOControl);
    }

    /// The name of another version of this table.
    public DatasetName at(AsOf asOf) {
        return new DatasetName(namespace, table + "@" + asOf);
    }

    private static void check(String part, String value) {
        if (!isValid(value)) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    part + " name: \"" + value + "\" (expected: 1 to " + MAX_LENGTH + " printable characters)");
        }
    }

    @Override
    public int compareTo(DatasetName other) {
        int byNamespace = namespace.compareTo(other.namespace);
        return byNamespace != 0 ? byNamespace : table.compareTo(other.table);
    }

    /// The name as people write it: without the default namespace.
    @Override
    public String toString() {
        return namespace.equals(DEFAULT_NAMESPACE) ? table : namespace + "." + table;
    }
}
