package dev.bowyer.query;

import dev.bowyer.dataset.DatasetName;

/// What a caller wants rows of.
public sealed interface QueryRequest {

    /// The statement to run.
    String sql();

    record Sql(String sql) implements QueryRequest {}

    /// All rows and columns of one dataset.
    record Scan(DatasetName dataset) implements QueryRequest {
        @Override
        public String sql() {
            return "SELECT * FROM " + quoted(dataset.namespace()) + "." + quoted(dataset.table());
        }

        private static String quoted(String identifier) {
            return '"' + identifier.replace("\"", "\"\"") + '"';
        }
    }
}
