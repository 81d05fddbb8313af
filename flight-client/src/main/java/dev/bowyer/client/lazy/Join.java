package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How two frames are joined: by columns of the same names, or by a condition of {@link Expressions#left} and {@link
 * Expressions#right} columns. Immutable.
 *
 * <p>The result has the columns of the left frame, then those of the right but for the columns it is joined by, which
 * there are once. A right column with a name of the left one gets a suffix, {@code _right} unless said otherwise. A
 * semi or anti join has the left columns only.
 */
public final class Join {
    enum Kind {
        INNER("INNER JOIN"),
        LEFT("LEFT JOIN"),
        RIGHT("RIGHT JOIN"),
        FULL("FULL JOIN"),
        CROSS("CROSS JOIN"),
        SEMI("EXISTS"),
        ANTI("NOT EXISTS");

        final String sql;

        Kind(String sql) {
            this.sql = sql;
        }

        boolean keepsLeftOnly() {
            return this == SEMI || this == ANTI;
        }
    }

    private final Kind kind;
    private final List<String> columns;
    private final @Nullable Expr condition;
    private final String suffix;

    private Join(Kind kind, List<String> columns, @Nullable Expr condition, String suffix) {
        this.kind = kind;
        this.columns = columns;
        this.condition = condition;
        this.suffix = suffix;
    }

    private static Join by(Kind kind, String... columns) {
        Arrays.stream(columns).forEach(Names::checked);
        if (new LinkedHashSet<>(Arrays.asList(columns)).size() < columns.length) {
            throw Invalid.argument("a join by " + Arrays.toString(columns) + " names a column twice", "name it once");
        }
        return new Join(kind, List.of(columns), null, "_right");
    }

    /** Pairs of rows. */
    public static Join inner(String... columns) {
        return by(Kind.INNER, columns);
    }

    /** Pairs of rows, and the left rows without a partner. */
    public static Join left(String... columns) {
        return by(Kind.LEFT, columns);
    }

    /** Pairs of rows, and the right rows without a partner. */
    public static Join right(String... columns) {
        return by(Kind.RIGHT, columns);
    }

    /** Pairs of rows, and the rows of both sides without a partner. */
    public static Join full(String... columns) {
        return by(Kind.FULL, columns);
    }

    /** Left rows that have a partner, each once. */
    public static Join semi(String... columns) {
        return by(Kind.SEMI, columns);
    }

    /** Left rows that have no partner. */
    public static Join anti(String... columns) {
        return by(Kind.ANTI, columns);
    }

    /** Each left row with each right row. */
    public static Join cross() {
        return by(Kind.CROSS);
    }

    /** By a condition, such as {@code left("a").eq(right("b"))}, instead of columns. */
    public Join on(Expr on) {
        if (kind == Kind.CROSS || !columns.isEmpty() || condition != null) {
            throw Invalid.argument(
                    "the condition " + on + " for " + this, "a join has columns or one condition; cross has none");
        }
        return new Join(kind, columns, Placement.JOIN.check(on), suffix);
    }

    /** @param suffix of right columns that are named as a left one */
    public Join suffix(String suffix) {
        return new Join(kind, columns, condition, Names.checked(suffix));
    }

    /** @return this, when it says how rows match */
    Join complete() {
        if (kind != Kind.CROSS && columns.isEmpty() && condition == null) {
            throw Invalid.argument(
                    "a " + kind + " join by nothing",
                    "name columns, Join.inner(\"id\"), or a condition, .on(...); Join.cross() is all pairs");
        }
        return this;
    }

    Kind kind() {
        return kind;
    }

    /** What must be true of a pair; null for a cross join. */
    @Nullable
    Expr condition() {
        Expr all = condition;
        for (String column : columns) {
            Expr same = Expressions.left(column).eq(Expressions.right(column));
            all = all == null ? same : all.and(same);
        }
        return all;
    }

    /** The columns of the result, of those of both sides. */
    List<Plan.Item> items(List<String> left, List<String> right) {
        columns.forEach(name -> {
            Block.checkColumn(name, left);
            Block.checkColumn(name, right);
        });
        List<Plan.Item> items = new ArrayList<>();
        Set<String> used = new HashSet<>(left);
        for (String name : left) {
            Expr l = Expressions.left(name);
            boolean key = columns.contains(name);
            Expr value = key && kind == Kind.RIGHT ? Expressions.right(name) : l;
            boolean both = key && kind == Kind.FULL;
            items.add(new Plan.Item(name, both ? Expressions.coalesce(l, Expressions.right(name)) : value));
        }
        for (String name : right) {
            if (!columns.contains(name)) {
                String next = left.contains(name) ? name + suffix : name;
                if (!used.add(next) || (!next.equals(name) && right.contains(next))) {
                    throw Invalid.argument(
                            "the joined frames have two columns " + next,
                            "choose another suffix: Join.inner(...).suffix(...)");
                }
                items.add(new Plan.Item(next, Expressions.right(name)));
            }
        }
        return items;
    }

    @Override
    public String toString() {
        String by =
                columns.isEmpty() ? condition == null ? "" : " on " + condition : " by " + String.join(", ", columns);
        return kind.name().toLowerCase(java.util.Locale.ROOT) + " join" + by;
    }
}
