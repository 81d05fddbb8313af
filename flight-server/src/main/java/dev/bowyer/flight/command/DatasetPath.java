package dev.bowyer.flight.command;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.List;

/// The name of a dataset as a path descriptor or a read command spells it.
public final class DatasetPath {
    private DatasetPath() {}

    /// Reads `[table]`, `["namespace.table"]`, `[namespace, table]`, and the latter with the catalog in front.
    ///
    /// @throws ServiceException INVALID_ARGUMENT for anything else
    public static DatasetName parse(List<String> path) {
        List<String> parts =
                path.size() == 3 && path.getFirst().equals(DatasetName.CATALOG) ? path.subList(1, 3) : path;
        return switch (parts.size()) {
            case 1 -> DatasetName.parse(parts.getFirst());
            case 2 -> new DatasetName(parts.getFirst(), parts.getLast());
            default ->
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        "dataset path: " + path.size() + " parts (expected: [table] or [namespace, table])");
        };
    }

    /// The path that [#parse] reads as `name`, and that a person would write.
    public static List<String> of(DatasetName name) {
        boolean alone = name.namespace().equals(DatasetName.DEFAULT_NAMESPACE)
                && name.table().indexOf('.') < 0;
        return alone ? List.of(name.table()) : List.of(name.namespace(), name.table());
    }
}
