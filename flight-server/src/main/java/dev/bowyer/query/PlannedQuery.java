package dev.bowyer.query;

import dev.bowyer.dataset.Table;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// What planning a statement tells: the schema its rows will have and the parameters it has, and the id to
/// run it by.
///
/// @param parameters `$1`, `$2`, ... with their types; without fields when the statement has none
/// @param table the version of the data that was planned over, for a scan; null for a statement
public record PlannedQuery(
        String id,
        QueryRequest request,
        Schema schema,
        Schema parameters,
        @Nullable Table table) {}
