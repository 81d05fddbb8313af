package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows that a function sees from each row. Immutable.
 *
 * <pre>{@code
 * sum("fare").over(Window.partitionBy("zone").orderBy(asc("day")).rowsBetween(-6, Window.CURRENT_ROW))
 * }</pre>
 */
public final class Window {
    /** From the first row of the partition. */
    public static final long UNBOUNDED_PRECEDING = Long.MIN_VALUE;
    /** To the last row of the partition. */
    public static final long UNBOUNDED_FOLLOWING = Long.MAX_VALUE;

    public static final long CURRENT_ROW = 0;

    private final List<Expr> partition;
    private final List<SortKey> order;
    private final @Nullable String rows;

    private Window(List<Expr> partition, List<SortKey> order, @Nullable String rows) {
        this.partition = List.copyOf(partition);
        this.order = List.copyOf(order);
        this.rows = rows;
    }

    /** All rows. */
    public static Window all() {
        return new Window(List.of(), List.of(), null);
    }

    /** The rows with the same values of these columns. */
    public static Window partitionBy(String... columns) {
        return partitionBy(Arrays.stream(columns).map(Expressions::col).toArray(Expr[]::new));
    }

    /** The rows for which these are the same. */
    public static Window partitionBy(Expr... keys) {
        return new Window(List.of(keys), List.of(), null);
    }

    /** This window, its rows in an order; functions then see the rows up to the current one and those equal to it. */
    public Window orderBy(SortKey... keys) {
        return new Window(partition, List.of(keys), rows);
    }

    /** As {@link #orderBy(SortKey...)}, ascending. */
    public Window orderBy(String... columns) {
        List<SortKey> keys = new ArrayList<>();
        for (String column : columns) {
            keys.add(Expressions.asc(column));
        }
        return new Window(partition, keys, rows);
    }

    /**
     * This window, cut to the rows near the current one.
     *
     * @param from rows from the current one, negative for those before it; or {@link #UNBOUNDED_PRECEDING}
     * @param to the last row, as {@code from}; or {@link #UNBOUNDED_FOLLOWING}
     */
    public Window rowsBetween(long from, long to) {
        if (from > to || from == UNBOUNDED_FOLLOWING || to == UNBOUNDED_PRECEDING) {
            throw Invalid.argument(
                    "rows between " + bound(from) + " and " + bound(to),
                    "the first bound must not be behind the second");
        }
        return new Window(partition, order, "ROWS BETWEEN " + bound(from) + " AND " + bound(to));
    }

    private static String bound(long rows) {
        if (rows == UNBOUNDED_PRECEDING || rows == UNBOUNDED_FOLLOWING) {
            return rows < 0 ? "UNBOUNDED PRECEDING" : "UNBOUNDED FOLLOWING";
        }
        return rows == 0 ? "CURRENT ROW" : Math.abs(rows) + (rows < 0 ? " PRECEDING" : " FOLLOWING");
    }

    List<Expr> partition() {
        return partition;
    }

    List<SortKey> order() {
        return order;
    }

    boolean hasRows() {
        return rows != null;
    }

    void write(ExprWriter writer) {
        String gap = "";
        if (!partition.isEmpty()) {
            writer.append("PARTITION BY ").arguments(partition);
            gap = " ";
        }
        if (!order.isEmpty()) {
            writer.append(gap + "ORDER BY ").list(order, key -> key.write(writer));
            gap = " ";
        }
        writer.append(rows == null ? "" : gap + rows);
    }
}
