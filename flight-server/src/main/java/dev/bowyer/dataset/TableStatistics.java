package dev.bowyer.dataset;

import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// What is known of the rows of a [Table] without reading them. Everything here is exact; what is only
/// guessed is left out.
///
/// @param columns those of which something is known, in the order of the schema
public record TableStatistics(OptionalLong rows, List<ColumnStatistics> columns) {
    /// Of a table that tells nothing.
    public static final TableStatistics NONE = new TableStatistics(OptionalLong.empty(), List.of());

    public TableStatistics {
        columns = List.copyOf(columns);
    }

    /// One column that is not nested. Values are texts as SQL's `CAST(value AS VARCHAR)` gives them.
    ///
    /// @param nulls number of NULLs; null: not known
    /// @param min smallest value; null: not known, or there are only NULLs
    /// @param max largest value; null: not known, or there are only NULLs
    public record ColumnStatistics(
            String column,
            @Nullable Long nulls,
            @Nullable String min,
            @Nullable String max) {}
}
