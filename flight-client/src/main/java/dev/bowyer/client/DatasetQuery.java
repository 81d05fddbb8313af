package dev.bowyer.client;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.wire.Connection;
import dev.bowyer.client.wire.Question;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows of a dataset: all, or some columns, or those of a condition. */
public final class DatasetQuery extends Query<DatasetQuery> {
    private final ServerKind server;
    private final Selection selection;

    /**
     * @param path as servers name it
     * @param columns empty: all
     * @param filter as after WHERE; null: none
     */
    record Selection(
            List<String> path,
            List<String> columns,
            @Nullable String filter,
            @Nullable Long limit,
            @Nullable String snapshot) {

        boolean isAll() {
            return columns.isEmpty() && filter == null && limit == null && snapshot == null;
        }

        String sql() {
            String all = columns.isEmpty()
                    ? "*"
                    : columns.stream().map(Selection::quoted).collect(Collectors.joining(", "));
            List<String> parts = path.size() == 1 ? List.of(path.get(0).split("\\.", -1)) : path;
            return "SELECT " + all + " FROM "
                    + parts.stream().map(Selection::quoted).collect(Collectors.joining("."))
                    + (filter == null ? "" : " WHERE (" + filter + "\n)")
                    + (limit == null ? "" : " LIMIT " + limit);
        }

        private static String quoted(String name) {
            return '"' + name.replace("\"", "\"\"") + '"';
        }
    }

    DatasetQuery(Connection connection, QueryOptions options, ServerKind server, Selection selection) {
        super(connection, options);
        this.server = server;
        this.selection = selection;
    }

    /** Only these columns, in this order; names are exact. */
    public DatasetQuery select(String... columns) {
        if (columns.length == 0) {
            throw BowyerException.of(ErrorCodes.INVALID_ARGUMENT, "select: no column is named", "leave it out for all");
        }
        return with(
                new Selection(selection.path, List.of(columns), selection.filter, selection.limit, selection.snapshot));
    }

    /** Only rows of this condition, as after WHERE in SQL. Twice: rows of both. */
    public DatasetQuery where(String condition) {
        String filter = selection.filter == null ? condition : "(" + selection.filter + "\n) AND (" + condition + "\n)";
        return with(new Selection(selection.path, selection.columns, filter, selection.limit, selection.snapshot));
    }

    /** At most so many rows. */
    public DatasetQuery limit(long rows) {
        if (rows < 0) {
            throw BowyerException.of(ErrorCodes.INVALID_ARGUMENT, "limit: " + rows + " (expected: 0 or more)", null);
        }
        return with(new Selection(selection.path, selection.columns, selection.filter, rows, selection.snapshot));
    }

    /** The dataset as it was: a snapshot's id, a branch or tag, or a time. Bowyer servers only. */
    public DatasetQuery snapshot(String version) {
        return with(new Selection(selection.path, selection.columns, selection.filter, selection.limit, version));
    }

    private DatasetQuery with(Selection changed) {
        return new DatasetQuery(connection(), options(), server, changed);
    }

    @Override
    DatasetQuery with(QueryOptions changed) {
        return new DatasetQuery(connection(), changed, server, selection);
    }

    @Override
    Question question() {
        if (selection.isAll()) {
            return new Question.Path(selection.path);
        }
        if (server.isBowyer()) {
            return new Question.Read(
                    selection.path, selection.columns, selection.filter, selection.limit, selection.snapshot);
        }
        if (selection.snapshot != null) {
            throw BowyerException.of(
                    ErrorCodes.UNIMPLEMENTED,
                    "snapshot: " + connection().uri() + " is no Bowyer server",
                    "ask for the version in SQL, if it knows a way");
        }
        return new Question.Sql(selection.sql(), List.of(), Map.of());
    }

    @Override
    public String explain() {
        if (selection.snapshot != null) {
            throw BowyerException.of(
                    ErrorCodes.UNIMPLEMENTED, "explain: a snapshot of a dataset has none", "name the version in SQL");
        }
        return new SqlQuery(connection(), options(), selection.sql(), List.of(), Map.of(), running()).explain();
    }

    /** Counted by the server where it speaks SQL; else by reading all rows. */
    @Override
    public long count() {
        if (selection.snapshot != null || !server.isFlightSql()) {
            return super.count();
        }
        return new SqlQuery(connection(), options(), selection.sql(), List.of(), Map.of(), running()).count();
    }
}
