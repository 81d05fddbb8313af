package dev.bowyer.query;

import org.apache.arrow.vector.types.pojo.Schema;

/// What a client was told when it asked for a query, and brings back to have it run, to this or another replica.
///
/// @param part which of the `parts`, from 0
/// @param schemaHash of the announced columns; see [#hash]
public record Announcement(String id, QueryRequest request, int part, int parts, String dataVersion, int schemaHash) {

    /// The same in every process.
    static int hash(Schema schema) {
        return schema.toString().hashCode();
    }

    boolean announces(Schema schema) {
        return schemaHash == hash(schema);
    }

    boolean isWhole() {
        return parts <= 1;
    }
}
