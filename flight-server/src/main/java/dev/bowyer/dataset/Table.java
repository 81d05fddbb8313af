package dev.bowyer.dataset;

import java.util.OptionalLong;
import org.apache.arrow.vector.types.pojo.Schema;

/// One version of a dataset's data: a fixed list of files and their union schema. Immutable; made by a
/// [TableOpener], which also owns whatever stands behind it and frees it once no snapshot refers to it any
/// more.
public interface Table {
    /// The schema as it goes over the wire, compatible types included. The same object everywhere.
    Schema schema();

    FileFormat format();

    int files();

    /// Size of the files in bytes, as they lie in storage: compressed and encoded, not what their rows take.
    long bytes();

    /// Exact number of rows where the format tells it cheaply (Parquet footers), otherwise empty.
    OptionalLong rows();
}
