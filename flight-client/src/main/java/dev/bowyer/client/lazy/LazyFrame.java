package dev.bowyer.client.lazy;

import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Partition;
import dev.bowyer.client.frame.Records;
import dev.bowyer.client.frame.Results;
import dev.bowyer.client.frame.Sink;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A table of a server, and steps that the server is to do with it. Each step returns another frame; what is asked for
 * at the end, such as {@link #fetch}, makes one SQL statement of all steps and runs it. Immutable and thread-safe.
 *
 * <pre>{@code
 * ArrowFrame busiest = client.frame("trips")
 *         .filter(col("fare").gt(20))
 *         .groupBy("zone")
 *         .agg(count().as("n"), avg("fare"))
 *         .sort(desc("n"))
 *         .limit(10)
 *         .fetch();
 * }</pre>
 *
 * <p>Rows have the order of the last {@link #sort} where only filter, select, withColumn, rename, drop, limit and
 * offset follow it, also where these change or drop the columns sorted by; else they have none.
 *
 * <p>withColumn, rename, drop, union and join have to know the columns of the table, and so has a select that gives the
 * name of a column sorted by to another: the server is then asked for its schema each time a statement is made, also by
 * {@link #toSql}.
 *
 * <p>All steps throw {@link dev.bowyer.client.error.BowyerException} INVALID_ARGUMENT for what has no meaning; a
 * column that the library cannot know of is the server's to refuse. {@link Dialect#DUCKDB} ignores the case of names:
 * two columns of one frame must then differ in more than that.
 */
public final class LazyFrame implements Results {
    /** Most steps from the table to the result. */
    static final int MAX_DEPTH = 500;
    /** Most steps and parts of expressions of all frames that are joined. */
    static final int MAX_SIZE = 50_000;

    private final Source source;
    private final Plan plan;
    private final int depth;
    private final int size;
    /** By their statements: one, unless the columns of a table change meanwhile. */
    private final Map<Statement, Results> queries = new ConcurrentHashMap<>();
    /** Requests for the columns of tables that are under way. */
    private final Set<Results> asked = ConcurrentHashMap.newKeySet();

    /** Who runs statements, and how they are written. Two frames go together when they have the same. */
    private record Source(Function<Statement, Results> runner, Dialect dialect) {
        boolean isSame(Source other) {
            return runner == other.runner && dialect == other.dialect;
        }
    }

    private LazyFrame(Source source, Plan plan, int depth, int size) {
        this.source = source;
        this.plan = plan;
        this.depth = depth;
        this.size = size;
    }

    /**
     * A table.
     *
     * @param runner makes a query of a statement, without running it; the same object for all frames that are to be
     *     joined
     * @param table parts of a qualified name are separated by dots; a part in double quotes is taken as it is
     */
    public static LazyFrame of(Function<Statement, Results> runner, String table) {
        return of(runner, Dialect.DATAFUSION, Names.tableParts(table));
    }

    /** @param table the parts of the name, such as schema and table, each taken as it is */
    public static LazyFrame of(Function<Statement, Results> runner, Dialect dialect, List<String> table) {
        if (table.isEmpty()) {
            throw Invalid.argument("a table without a name", "give the parts of its name");
        }
        table.forEach(Names::checked);
        return new LazyFrame(new Source(runner, dialect), new Plan.Table(List.copyOf(table)), 1, 1);
    }

    /** The rows for which the condition is true. */
    public LazyFrame filter(Expr condition) {
        Placement.FILTER.check(condition);
        return next(new Plan.Filter(plan, condition), condition.size());
    }

    /** These columns, in this order. */
    public LazyFrame select(String... columns) {
        return select(columns(columns));
    }

    /** These columns, in this order; a computed one needs a name. */
    public LazyFrame select(Expr... columns) {
        List<Plan.Item> items = items(Placement.COLUMN, "select", columns);
        return next(new Plan.Project(plan, items, false), items);
    }

    /** All columns and one more; or the column of that name becomes another, in its place. */
    public LazyFrame withColumn(String name, Expr value) {
        return withColumns(value.as(name));
    }

    /** As {@link #withColumn}, all computed from the columns before. */
    public LazyFrame withColumns(Expr... columns) {
        List<Plan.Item> items = items(Placement.COLUMN, "withColumns", columns);
        return next(new Plan.Project(plan, items, true), items);
    }

    public LazyFrame rename(String from, String to) {
        return rename(Map.of(from, to));
    }

    /** @param names old names and new ones; all at once, so that two columns may change names */
    public LazyFrame rename(Map<String, String> names) {
        if (names.isEmpty()) {
            throw Invalid.argument("rename of nothing", "give old and new names");
        }
        Map<String, String> copy = new LinkedHashMap<>();
        names.forEach((from, to) -> copy.put(Names.checked(from), Names.checked(to)));
        return next(new Plan.Rename(plan, copy), copy.size());
    }

    /** All columns but these. */
    public LazyFrame drop(String... columns) {
        if (columns.length == 0) {
            throw Invalid.argument("drop of nothing", "name at least one column");
        }
        Arrays.stream(columns).forEach(Names::checked);
        return next(new Plan.Drop(plan, List.of(columns)), columns.length);
    }

    /** Groups of rows that are the same in these columns; null is a value like others. */
    public GroupedFrame groupBy(String... columns) {
        return groupBy(columns(columns));
    }

    /** As {@link #groupBy(String...)}, also by what is computed; that needs a name. */
    public GroupedFrame groupBy(Expr... keys) {
        return new GroupedFrame(this, items(Placement.GROUP_KEY, "groupBy", keys));
    }

    /** One row for all. */
    public LazyFrame agg(Expr... aggregates) {
        return new GroupedFrame(this, List.of()).agg(aggregates);
    }

    /** Each row once; in no order. */
    public LazyFrame distinct() {
        return next(new Plan.Distinct(plan), 0);
    }

    /** Ascending. */
    public LazyFrame sort(String... columns) {
        return sort(Arrays.stream(columns(columns)).map(Expr::asc).toArray(SortKey[]::new));
    }

    /** By the first key, rows that are equal there by the second, and so on; in place of any order before. */
    public LazyFrame sort(SortKey... keys) {
        if (keys.length == 0) {
            throw Invalid.argument("sort by nothing", "name at least one column");
        }
        List<SortKey> list = List.of(keys);
        list.forEach(key -> Placement.SORT_KEY.check(key.expr()));
        return next(
                new Plan.Sort(plan, list),
                list.stream().mapToInt(key -> key.expr().size()).sum());
    }

    /** At most that many rows. */
    public LazyFrame limit(long rows) {
        if (rows < 0) {
            throw Invalid.argument("limit: " + rows + " (expected: 0 or more)", "leave it out for all rows");
        }
        return next(new Plan.Slice(plan, 0, rows), 0);
    }

    /** All but the first rows. */
    public LazyFrame offset(long rows) {
        if (rows < 0) {
            throw Invalid.argument("offset: " + rows + " (expected: 0 or more)", "rows are counted from the first");
        }
        return next(new Plan.Slice(plan, rows, null), 0);
    }

    /** {@code trips.join(zones, Join.left("zone"))}. */
    public LazyFrame join(LazyFrame right, Join join) {
        checkSource(right, "join");
        return with(right, new Plan.Joined(plan, right.plan, join.complete()));
    }

    /** The rows of both, which have the same columns in whatever order; each row once. */
    public LazyFrame union(LazyFrame other) {
        checkSource(other, "union");
        return with(other, new Plan.Union(plan, other.plan, false));
    }

    /** The rows of both, which have the same columns in whatever order. */
    public LazyFrame unionAll(LazyFrame other) {
        checkSource(other, "unionAll");
        return with(other, new Plan.Union(plan, other.plan, true));
    }

    /** The statement; values are bound, so they do not show. */
    public String toSql() {
        return statement().sql();
    }

    /** What is going to run. */
    public Statement statement() {
        return Compiler.compile(plan, source.dialect, this::columnsOfTable);
    }

    /** The steps as a Mermaid flowchart. */
    public String toMermaid() {
        return Mermaid.steps(plan);
    }

    /**
     * The server's plan as a Mermaid flowchart: one node a line of {@link #explain}, nested as the lines are
     * indented.
     */
    public String explainMermaid() {
        return Mermaid.indented(explain());
    }

    @Override
    public Schema schema() {
        return results().schema();
    }

    @Override
    public BatchStream stream() {
        return results().stream();
    }

    @Override
    public ArrowFrame fetch() {
        return results().fetch();
    }

    @Override
    public <T extends Record> Records<T> as(Class<T> type) {
        return results().as(type);
    }

    @Override
    public <R> R into(Sink<R> sink) {
        return results().into(sink);
    }

    @Override
    public List<Partition> partitions() {
        return results().partitions();
    }

    @Override
    public String explain() {
        return results().explain();
    }

    @Override
    public long count() {
        return results().count();
    }

    @Override
    public void cancel() {
        asked.forEach(Results::cancel);
        queries.values().forEach(Results::cancel);
    }

    /** The last step; {@link #toMermaid} shows all. */
    @Override
    public String toString() {
        return "LazyFrame[" + plan.label() + "]";
    }

    private Results results() {
        return queries.computeIfAbsent(statement(), source.runner);
    }

    private List<String> columnsOfTable(List<String> table) {
        Statement empty = new Statement("SELECT * FROM " + Names.quoted(table) + " LIMIT 0", List.of());
        Results request = source.runner.apply(empty);
        asked.add(request);
        try {
            return request.schema().getFields().stream().map(Field::getName).toList();
        } finally {
            asked.remove(request);
        }
    }

    private void checkSource(LazyFrame other, String step) {
        if (!source.isSame(other.source)) {
            throw Invalid.argument(
                    step + " of " + this + " with " + other + ", a frame of another client",
                    "make both frames with one client; rows of two servers cannot meet in one statement");
        }
    }

    Plan plan() {
        return plan;
    }

    LazyFrame next(Plan step, List<Plan.Item> items) {
        return next(step, items.stream().mapToInt(item -> item.expr().size()).sum());
    }

    private LazyFrame next(Plan step, int partsOfExpressions) {
        return checked(step, depth + 1, (long) size + 1 + partsOfExpressions);
    }

    private LazyFrame with(LazyFrame other, Plan step) {
        return checked(step, Math.max(depth, other.depth) + 1, (long) size + other.size + 1);
    }

    private LazyFrame checked(Plan step, int newDepth, long newSize) {
        if (newDepth > MAX_DEPTH) {
            throw Invalid.argument(
                    "a frame of " + newDepth + " steps, the limit is " + MAX_DEPTH,
                    "put several columns into one withColumns");
        }
        if (newSize > MAX_SIZE) {
            throw Invalid.argument(
                    "a frame of " + newSize + " parts, the limit is " + MAX_SIZE,
                    "join and unite fewer frames at once");
        }
        return new LazyFrame(source, step, newDepth, (int) newSize);
    }

    private static Expr[] columns(String... names) {
        return Arrays.stream(names).map(Expressions::col).toArray(Expr[]::new);
    }

    static List<Plan.Item> items(Placement placement, String step, Expr... columns) {
        if (columns.length == 0) {
            throw Invalid.argument(step + " of nothing", "name at least one column");
        }
        List<Plan.Item> items = new ArrayList<>();
        for (Expr column : columns) {
            String name = placement.check(column).name();
            if (name == null) {
                throw Invalid.argument(step + " of " + column + ", which has no name", "give it one with as(\"...\")");
            }
            items.add(new Plan.Item(name, column));
        }
        checkUnique(items);
        return List.copyOf(items);
    }

    static void checkUnique(List<Plan.Item> items) {
        Set<String> names = new HashSet<>();
        for (Plan.Item item : items) {
            if (!names.add(item.name())) {
                throw Invalid.argument(
                        "two columns are named " + item.name() + ", the second is " + item.expr(),
                        "give one of them another name with as(\"...\")");
            }
        }
    }
}
