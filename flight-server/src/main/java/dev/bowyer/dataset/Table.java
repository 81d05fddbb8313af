package dev.bowyer.dataset;

import java.util.OptionalLong;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// One version of a dataset's data: a fixed list of files and their schema. Immutable; made by a
/// [TableOpener], which also owns whatever stands behind it and frees it once no snapshot refers to it any
/// more.
public interface Table {
    /// The schema as it goes over the wire, compatible types included. The same object everywhere.
    Schema schema();

    /// Such as `parquet` or `iceberg`.
    String format();

    int files();

    /// Size of the files in bytes, as they lie in storage: compressed and encoded, not what their rows take.
    long bytes();

    /// Exact number of rows where the format tells it cheaply (Parquet footers), otherwise empty.
    OptionalLong rows();

    /// What file footers or the metadata of the table format tell of the columns; no row is read. May block
    /// for as long as it takes to read footers that were not read yet, and is worth keeping: it is computed
    /// with each call.
    ///
    /// @throws dev.bowyer.error.ServiceException if a footer had to be read and could not be: UNAVAILABLE,
    ///     SOURCE_CHANGED, ...
    default TableStatistics statistics() {
        return TableStatistics.NONE;
    }

    /// For a table that keeps its versions, a text that [AsOf#parse] reads and [TableOpener#at] takes;
    /// otherwise null.
    default @Nullable String version() {
        return null;
    }

    /// What the engine opened: this, unless it stands around another one.
    default Table opened() {
        return this;
    }
}
