package dev.bowyer.dataset;

import org.jspecify.annotations.Nullable;

/// A name with its source and the version of its data that one [CatalogSnapshot], or one statement, sees.
///
/// @param describes the dataset whose newest version the rows are about, as in `orders$files`; null: they are
///     data, or about a version that the name tells
public record Dataset(
        DatasetName name,
        Source source,
        Table table,
        @Nullable DatasetName describes) {
    public Dataset(DatasetName name, Source source, Table table) {
        this(name, source, table, null);
    }
}
