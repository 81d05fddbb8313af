package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes one statement of the steps of a frame. A step becomes a clause of the SELECT before it where that means the
 * same, else that SELECT becomes a common table expression, {@code "s1"}, {@code "s2"}, ..., so that a statement reads
 * from top to bottom.
 */
final class Compiler {
    /** Most values bound by one statement. */
    static final int MAX_PARAMETERS = 20_000;

    private final Dialect dialect;
    private final Function<List<String>, List<String>> columnsOfTable;
    private final Map<List<String>, List<String>> tables = new HashMap<>();
    private final List<SqlText> views = new ArrayList<>();
    private final IdentityHashMap<Plan, Block> sources = new IdentityHashMap<>();
    private final Set<String> takenNames = new HashSet<>();
    private int lastView;

    private Compiler(Dialect dialect, Function<List<String>, List<String>> columnsOfTable) {
        this.dialect = dialect;
        this.columnsOfTable = columnsOfTable;
    }

    /** @param columnsOfTable asks the server, where a step needs to know */
    static Statement compile(Plan plan, Dialect dialect, Function<List<String>, List<String>> columnsOfTable) {
        Compiler compiler = new Compiler(dialect, columnsOfTable);
        compiler.takeNames(plan);
        SqlText last = compiler.block(plan).render(dialect);
        SqlText all = new SqlText();
        for (int i = 0; i < compiler.views.size(); i++) {
            all.append(i == 0 ? "WITH " : ",\n").append(compiler.views.get(i));
        }
        Statement statement =
                all.append(compiler.views.isEmpty() ? "" : "\n").append(last).statement();
        if (statement.parameters().size() > MAX_PARAMETERS) {
            throw Invalid.argument(
                    "the statement has " + statement.parameters().size() + " parameters, the limit is "
                            + MAX_PARAMETERS,
                    "join with a table that holds the values");
        }
        return statement;
    }

    /** A view must not hide a table. */
    private void takeNames(Plan plan) {
        if (plan instanceof Plan.Table table) {
            table.parts().forEach(part -> takenNames.add(part.toLowerCase(Locale.ROOT)));
        }
        for (Plan input : plan.inputs()) {
            takeNames(input);
        }
    }

    private Block block(Plan plan) {
        if (plan instanceof Plan.Table table) {
            return new Block(
                    SqlText.of(Names.quoted(table.parts())),
                    () -> tables.computeIfAbsent(table.parts(), columnsOfTable),
                    null);
        }
        if (plan instanceof Plan.Project project) {
            return project(block(project.input()), project.items(), project.keepsAll());
        }
        if (plan instanceof Plan.Rename rename) {
            return rename(block(rename.input()), rename.names());
        }
        if (plan instanceof Plan.Drop drop) {
            return drop(block(drop.input()), drop.names());
        }
        if (plan instanceof Plan.Filter filter) {
            return filter(block(filter.input()), filter.condition());
        }
        if (plan instanceof Plan.Aggregation aggregation) {
            return aggregate(block(aggregation.input()), aggregation);
        }
        if (plan instanceof Plan.Distinct distinct) {
            return distinct(block(distinct.input()));
        }
        if (plan instanceof Plan.Sort sort) {
            return sort(block(sort.input()), sort.keys());
        }
        if (plan instanceof Plan.Slice slice) {
            return slice(block(slice.input()), slice.offset(), slice.limit());
        }
        return plan instanceof Plan.Joined joined ? join(joined) : union((Plan.Union) plan);
    }

    private Block filter(Block input, Expr condition) {
        input.checkColumns(condition);
        boolean fits = !input.isSliced() && input.groupBy == null && !input.hasWindow() && input.passesAll(condition);
        Block block = fits ? input : sourceInOrder(input, List.of());
        block.where.add(ExprWriter.sql(condition, dialect, ExprWriter.AND));
        return block;
    }

    private Block project(Block input, List<Plan.Item> given, boolean keepsAll) {
        given.forEach(item -> input.checkColumns(item.expr()));
        List<String> names = keepsAll ? input.names() : List.of();
        boolean adds = keepsAll && given.stream().noneMatch(item -> names.contains(item.name()));
        boolean star = adds && input.star;
        List<Plan.Item> items = keepsAll && !star ? Items.replaced(names, given) : given;
        Items.checkCase(dialect, star ? names : List.of(), items);
        boolean needsAllRows = input.isSliced() && given.stream().anyMatch(item -> Contents.hasWindow(item.expr()));
        List<Plan.Item> carried = Items.carried(input, items);
        if (input.distinct
                || input.groupBy != null
                || needsAllRows
                || carried == null
                || !Order.keeps(input, items, star)) {
            List<Plan.Item> next = adds ? given : items;
            Block source = sourceInOrder(input, next);
            source.star = adds;
            source.items = new ArrayList<>(next);
            return source;
        }
        input.items = star ? new ArrayList<>(input.items) : new ArrayList<>();
        input.items.addAll(carried);
        input.star = star;
        return input;
    }

    private Block rename(Block input, Map<String, String> names) {
        List<String> old = input.names();
        names.keySet().forEach(name -> Block.checkColumn(name, old));
        List<Plan.Item> items = new ArrayList<>();
        Set<String> used = new HashSet<>();
        for (String name : old) {
            String next = names.getOrDefault(name, name);
            if (!used.add(next)) {
                throw Invalid.argument("rename makes two columns " + next, "drop or rename the other one too");
            }
            items.add(new Plan.Item(next, Expressions.col(name)));
        }
        return project(input, items, false);
    }

    private Block drop(Block input, List<String> names) {
        List<String> old = input.names();
        names.forEach(name -> Block.checkColumn(name, old));
        List<Plan.Item> items = old.stream()
                .filter(name -> !names.contains(name))
                .map(name -> new Plan.Item(name, Expressions.col(name)))
                .toList();
        if (items.isEmpty()) {
            throw Invalid.argument("drop of all columns: " + Labels.list(old), "keep at least one");
        }
        return project(input, items, false);
    }

    private Block aggregate(Block input, Plan.Aggregation aggregation) {
        List<Plan.Item> items = new ArrayList<>(aggregation.keys());
        items.addAll(aggregation.values());
        items.forEach(item -> input.checkColumns(item.expr()));
        Items.checkCase(dialect, List.of(), items);
        boolean fits = !input.isSliced() && !input.distinct && input.groupBy == null && !input.hasWindow();
        Block block = fits && items.stream().allMatch(item -> input.passesAll(item.expr())) ? input : source(input);
        boolean plain = aggregation.keys().stream().allMatch(Compiler::isPlain);
        List<String> keys = new ArrayList<>();
        for (Plan.Item key : aggregation.keys()) {
            // By its place, a computed key is computed once, from one set of parameters.
            keys.add(plain ? Names.quoted(key.name()) : String.valueOf(keys.size() + 1));
        }
        block.groupBy = keys;
        block.star = false;
        block.items = items;
        block.order = List.of();
        return block;
    }

    private static boolean isPlain(Plan.Item item) {
        return item.expr().node() instanceof Node.Column column && column.name().equals(item.name());
    }

    private Block distinct(Block input) {
        Block block = input.isSliced() ? source(input) : input;
        block.order = List.of();
        block.distinct = true;
        return block;
    }

    private Block sort(Block input, List<SortKey> keys) {
        keys.forEach(key -> input.checkColumns(key.expr()));
        boolean fits = !input.isSliced();
        for (SortKey key : keys) {
            boolean column = key.expr().node() instanceof Node.Column;
            fits &= column || (!input.distinct && input.groupBy == null && input.passesAll(key.expr()));
        }
        Block block = fits ? input : source(input);
        block.order = keys;
        return block;
    }

    private static Block slice(Block block, long offset, @Nullable Long limit) {
        Long left = block.limit == null ? null : Long.valueOf(Math.max(0, block.limit - offset));
        block.offset = block.offset > Long.MAX_VALUE - offset ? Long.MAX_VALUE : block.offset + offset;
        block.limit = limit == null ? left : left == null ? limit : Long.valueOf(Math.min(left, limit));
        return block;
    }

    private Block join(Plan.Joined joined) {
        Join join = joined.join();
        Block left = source(joined.left());
        Block right = source(joined.right());
        Expr condition = join.condition();
        if (join.kind().keepsLeftOnly() && condition != null) {
            return exists(join.kind(), left, right, condition);
        }
        SqlText on = condition == null ? null : ExprWriter.sql(condition, dialect, ExprWriter.OR);
        SqlText from = new SqlText()
                .append(left.from)
                .append(" AS \"l\"\n" + join.kind().sql + " ")
                .append(right.from)
                .append(" AS \"r\"");
        if (on != null) {
            from.append(" ON ").append(on);
        }
        Block block = new Block(from, List::of, null);
        block.star = false;
        block.items = join.items(left.names(), right.names());
        Items.checkCase(dialect, List.of(), block.items);
        return block;
    }

    private Block exists(Join.Kind kind, Block left, Block right, Expr condition) {
        // Inside of EXISTS, a column of the right side hides an alias of the same name.
        StringBuilder alias = new StringBuilder("l");
        while (right.names().contains(alias.toString())) {
            alias.append('_');
        }
        SqlText from = new SqlText().append(left.from).append(" AS " + Names.quoted(alias.toString()));
        Block block = new Block(from, left.sourceNames, left.knownSource);
        block.where.add(SqlText.of(kind.sql + " (SELECT 1 FROM ")
                .append(right.from)
                .append(" AS \"r\" WHERE ")
                .append(ExprWriter.sql(condition, dialect, alias.toString()))
                .append(")"));
        // What follows would not tell the aliases from columns of such names.
        return source(block);
    }

    private Block union(Plan.Union union) {
        List<Plan> parts = new ArrayList<>();
        Plan first = union;
        while (first instanceof Plan.Union deeper && deeper.all() == union.all()) {
            parts.add(0, deeper.right());
            first = deeper.left();
        }
        parts.add(0, first);
        SqlText body = new SqlText();
        List<String> names = List.of();
        for (int i = 0; i < parts.size(); i++) {
            Block part = block(parts.get(i));
            List<String> own = part.names();
            names = i == 0 ? own : names;
            if (!own.equals(names)) {
                part = aligned(part, own, names);
            }
            if (part.isSliced() || !part.order.isEmpty()) {
                part = source(part);
            }
            body.append(i == 0 ? "" : union.all() ? "\nUNION ALL\n" : "\nUNION\n")
                    .append(part.render(dialect));
        }
        return view(body, names);
    }

    /** UNION goes by position; a frame goes by name. */
    private Block aligned(Block part, List<String> own, List<String> names) {
        if (own.size() != names.size() || !new HashSet<>(own).equals(new HashSet<>(names))) {
            throw Invalid.argument(
                    "union of the columns " + Labels.list(names) + " with " + Labels.list(own),
                    "select the same columns in both frames");
        }
        List<Plan.Item> items = new ArrayList<>();
        names.forEach(name -> items.add(new Plan.Item(name, Expressions.col(name))));
        return project(part, items, false);
    }

    /** The rows of a frame as something to select from; once for each frame. */
    private Block source(Plan plan) {
        Block source = sources.get(plan);
        if (source == null) {
            source = source(block(plan));
            sources.put(plan, source);
        }
        return new Block(source.from, source.sourceNames, source.knownSource);
    }

    private Block source(Block block) {
        if (block.isPlain()) {
            return block;
        }
        List<String> known = block.known();
        SqlText body = block.render(dialect);
        return known == null ? view(body, block) : view(body, known);
    }

    /**
     * As {@link #source(Block)}, with its order: a view has none of its own, but for what its LIMIT takes. Where the
     * next SELECT could not name what the rows are sorted by, that is in columns of the view which no other step sees.
     *
     * @param items of the next SELECT
     */
    private Block sourceInOrder(Block input, List<Plan.Item> items) {
        if (!Order.isOutOfReach(input, items)) {
            List<SortKey> order = input.order;
            if (!input.isSliced()) {
                input.order = List.of();
            }
            Block source = source(input);
            source.order = order;
            return source;
        }
        // One more column would make other groups, and distinct rows of rows that are the same.
        Block block = input.distinct || input.groupBy != null ? sourceInOrder(input, List.of()) : input;
        List<String> names = block.names();
        List<SortKey> keys = Order.carry(block, names, items);
        if (!block.isSliced()) {
            block.order = List.of();
        }
        Block source = view(block.render(dialect), names);
        source.hides = true;
        source.order = keys;
        return source;
    }

    private Block view(SqlText body, List<String> names) {
        return new Block(define(body), () -> names, names);
    }

    private Block view(SqlText body, Block block) {
        return new Block(define(body), block::names, null);
    }

    private SqlText define(SqlText body) {
        String name;
        do {
            lastView++;
            name = "s" + lastView;
        } while (takenNames.contains(name));
        SqlText view = SqlText.of(Names.quoted(name) + " AS (\n").append(body).append("\n)");
        views.add(view);
        return SqlText.of(Names.quoted(name));
    }
}
