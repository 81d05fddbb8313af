package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One SELECT that is being put together. Its clauses work in the order in which they stand here. */
final class Block {
    final SqlText from;
    /** The columns of {@link #from}; may ask the server. */
    final Supplier<List<String>> sourceNames;
    /** The same when it is known without asking, else null. */
    final @Nullable List<String> knownSource;

    final List<SqlText> where = new ArrayList<>();
    /** What stands behind GROUP BY: null for no grouping, empty for one group of all rows. */
    @Nullable
    List<String> groupBy;
    /** Whether all columns of the source are there, before the items. */
    boolean star = true;

    /** Whether the source has columns that are there to sort by and no others: all columns are then written out. */
    boolean hides;

    List<Plan.Item> items = new ArrayList<>();
    boolean distinct;
    List<SortKey> order = List.of();
    long offset;

    @Nullable
    Long limit;

    Block(SqlText from, Supplier<List<String>> sourceNames, @Nullable List<String> knownSource) {
        this.from = from;
        this.sourceNames = sourceNames;
        this.knownSource = knownSource;
    }

    boolean isPlain() {
        return star && !hides && items.isEmpty() && where.isEmpty() && !distinct && order.isEmpty() && !isSliced();
    }

    boolean isSliced() {
        return limit != null || offset > 0;
    }

    boolean hasWindow() {
        return items.stream().anyMatch(item -> Contents.hasWindow(item.expr()));
    }

    /** All columns; may ask the server. */
    List<String> names() {
        List<String> names = new ArrayList<>(star ? sourceNames.get() : List.of());
        items.forEach(item -> names.add(item.name()));
        return names;
    }

    /** All columns if that is known without asking, else null. */
    @Nullable
    List<String> known() {
        return star && knownSource == null ? null : names();
    }

    Plan.@Nullable Item item(String name) {
        for (Plan.Item item : items) {
            if (item.name().equals(name)) {
                return item;
            }
        }
        return null;
    }

    /** Whether a column of the result is that of the source, so that other clauses may name it. */
    boolean passes(String name) {
        Plan.Item item = item(name);
        return item == null
                ? star
                : item.expr().node() instanceof Node.Column column
                        && column.name().equals(name);
    }

    /** Whether there is such a column in the result. */
    boolean shows(String name) {
        return item(name) != null || (star && (!hides || sourceNames.get().contains(name)));
    }

    boolean passesAll(Expr expr) {
        return Contents.columns(expr).stream().allMatch(this::passes);
    }

    /** @throws dev.bowyer.client.error.BowyerException INVALID_ARGUMENT for a column that is known not to be there */
    void checkColumns(Expr expr) {
        List<String> known = known();
        if (known != null) {
            Contents.columns(expr).forEach(name -> checkColumn(name, known));
        }
    }

    static void checkColumn(String name, List<String> known) {
        if (!known.contains(name)) {
            throw Invalid.argument("there is no column " + name, "the columns are: " + Labels.list(known));
        }
    }

    private String all() {
        return hides ? sourceNames.get().stream().map(Names::quoted).collect(Collectors.joining(", ")) : "*";
    }

    SqlText render(Dialect dialect) {
        SqlText sql = SqlText.of(distinct ? "SELECT DISTINCT " : "SELECT ").append(star ? all() : "");
        for (int i = 0; i < items.size(); i++) {
            Plan.Item item = items.get(i);
            sql.append(star || i > 0 ? ", " : "").append(ExprWriter.sql(item.expr(), dialect, ExprWriter.OR));
            boolean named = item.expr().node() instanceof Node.Column column
                    && column.name().equals(item.name());
            sql.append(named ? "" : " AS " + Names.quoted(item.name()));
        }
        sql.append("\nFROM ").append(from);
        for (int i = 0; i < where.size(); i++) {
            sql.append(i == 0 ? "\nWHERE " : " AND ").append(where.get(i));
        }
        if (groupBy != null && !groupBy.isEmpty()) {
            sql.append(groupBy.stream().collect(Collectors.joining(", ", "\nGROUP BY ", "")));
        }
        if (!order.isEmpty()) {
            sql.append("\nORDER BY ").append(ExprWriter.sql(order, dialect));
        }
        sql.append(limit == null ? "" : "\nLIMIT " + limit);
        return sql.append(offset == 0 ? "" : "\nOFFSET " + offset);
    }
}
