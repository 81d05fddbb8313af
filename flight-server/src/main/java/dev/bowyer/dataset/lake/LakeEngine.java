package dev.bowyer.dataset.lake;

import dev.bowyer.dataset.Table;

/// Opens what was planned in Java. Implemented by the engine. Thread-safe; blocks.
public interface LakeEngine {
    /// No file is touched before a query reads it.
    ///
    /// @throws dev.bowyer.error.ServiceException INVALID_ARGUMENT for a file outside of the places that are
    ///     allowed; LIMIT_REACHED for too many files
    Table open(LakeFiles files);

    /// A table in memory.
    ///
    /// @param name for messages
    /// @param ipcStream its rows
    Table rows(String name, byte[] ipcStream);
}
