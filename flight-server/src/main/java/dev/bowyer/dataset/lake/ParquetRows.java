package dev.bowyer.dataset.lake;

import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/// Reads a single Parquet file row by row, for metadata that a table format keeps in Parquet. Implemented by
/// the engine. Thread-safe; blocks on I/O, so callers should be platform threads.
@FunctionalInterface
public interface ParquetRows {
    /// @param url of the file
    /// @param columns top-level ones, exact names; those that the file lacks are left out
    /// @return belongs to the caller, who closes it
    /// @throws dev.bowyer.error.ServiceException SOURCE_NOT_FOUND, SOURCE_INVALID, UNAVAILABLE, ...
    Rows read(String url, List<String> columns);

    /// The rows of one file, in batches. For one thread at a time.
    interface Rows extends AutoCloseable {
        /// @return the next batch, valid until the next call or [#close]; null after the last one
        /// @throws dev.bowyer.error.ServiceException as [ParquetRows#read]
        @Nullable
        VectorSchemaRoot next();

        /// Stops reading. Idempotent.
        @Override
        void close();
    }
}
