package dev.bowyer.query;

import org.apache.arrow.vector.types.pojo.Schema;

/// What planning a statement tells: the schema its rows will have and the parameters it has, and the id to
/// run it by.
///
/// @param parameters `$1`, `$2`, ... with their types; without fields when the statement has none
public record PlannedQuery(String id, QueryRequest request, Schema schema, Schema parameters) {}
