package dev.bowyer.engine;

import dev.bowyer.dataset.DatasetName;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What is to be planned.
public sealed interface Statement {
    /// As text, for logs, messages and carets.
    String sql();

    /// A statement in SQL.
    record Sql(String sql) implements Statement {}

    /// Rows of one dataset.
    ///
    /// @param columns exact names; empty: all, in their order
    /// @param filter a SQL boolean expression, as after WHERE
    /// @param limit most rows; null: no limit
    record Scan(
            DatasetName dataset,
            List<String> columns,
            @Nullable String filter,
            @Nullable Long limit) implements Statement {
        public Scan {
            columns = List.copyOf(columns);
        }

        /// All rows and columns.
        public static Scan of(DatasetName dataset) {
            return new Scan(dataset, List.of(), null, null);
        }

        /// The same of a dataset that is known by another name too.
        public Scan named(DatasetName name) {
            return new Scan(name, columns, filter, limit);
        }

        /// The statement that gives the same rows.
        @Override
        public String sql() {
            String selected = columns.isEmpty()
                    ? "*"
                    : columns.stream().map(column -> quoted(column)).collect(Collectors.joining(", "));
            return "SELECT " + selected
                    + " FROM " + quoted(dataset.namespace()) + "." + quoted(dataset.table())
                    + (filter == null ? "" : " WHERE " + filter)
                    + (limit == null ? "" : " LIMIT " + limit);
        }

        private static String quoted(String name) {
            return "\"" + name.replace("\"", "\"\"") + "\"";
        }
    }
}
