package dev.bowyer.dataset;

import java.util.Optional;

/// Finds the files of a source and reads their schema. Implemented by the engine. Thread-safe; both methods
/// block on I/O.
public interface TableOpener {
    /// @throws dev.bowyer.error.ServiceException SOURCE_NOT_FOUND, SOURCE_INVALID, SCHEMA_CONFLICT or
    ///     UNKNOWN_FORMAT, with the file's name in the message
    Table open(DatasetName name, Source source);

    /// Looks at the files again.
    ///
    /// @return empty when no file was added, removed or replaced since `table` was opened
    /// @throws dev.bowyer.error.ServiceException as [#open]
    Optional<Table> refresh(Table table);
}
