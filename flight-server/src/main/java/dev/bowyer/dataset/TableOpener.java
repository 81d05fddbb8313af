package dev.bowyer.dataset;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.Optional;

/// Finds the files of a source and reads their schema. Implemented by the engine. Thread-safe; all methods
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

    /// Another version of the table, whether newer or older.
    ///
    /// @param name for messages
    /// @throws ServiceException as [#open]; UNSUPPORTED for a table without versions
    default Table at(DatasetName name, Table table, AsOf asOf) {
        throw withoutVersions(name);
    }

    /// Rows about a table, such as its `snapshots` or `files`.
    ///
    /// @throws ServiceException DATASET_NOT_FOUND for an unknown kind; UNSUPPORTED for a table that has none
    default Table metadata(DatasetName name, Table table, String kind) {
        throw withoutVersions(name);
    }

    private static ServiceException withoutVersions(DatasetName name) {
        return new ServiceException(
                ErrorCode.UNSUPPORTED,
                "dataset \"" + name + "\" is made of files and keeps no versions",
                "Iceberg and Delta tables have them");
    }
}
