package dev.bowyer.flight.command;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.List;

/// The name of a dataset as a path descriptor or a read command spells it.
public final class DatasetPath {
    private DatasetPath() {}

    /// Most parts of a path.
    static final int MAX_PARTS = 32;

    /// Reads `[table]`, `["namespace.table"]`, `[namespace, table]`, the latter with the catalog in front,
    /// and `[mount, namespace..., table]`.
    ///
    /// @throws ServiceException INVALID_ARGUMENT for anything else
    public static DatasetName parse(List<String> path) {
        List<String> parts =
                path.size() == 3 && path.getFirst().equals(DatasetName.CATALOG) ? path.subList(1, path.size()) : path;
        if (parts.isEmpty() || parts.size() > MAX_PARTS) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "dataset path: " + path.size() + " parts (expected: [table], [namespace, table], or [mount,"
                            + " namespace..., table] of at most " + MAX_PARTS + ")");
        }
        return parts.size() == 1
                ? DatasetName.parse(parts.getFirst())
                : new DatasetName(String.join(".", parts.subList(0, parts.size() - 1)), parts.getLast());
    }

    /// The path that [#parse] reads as `name`, and that a person would write.
    public static List<String> of(DatasetName name) {
        boolean alone = name.namespace().equals(DatasetName.DEFAULT_NAMESPACE)
                && name.table().indexOf('.') < 0;
        return alone ? List.of(name.table()) : List.of(name.namespace(), name.table());
    }
}
