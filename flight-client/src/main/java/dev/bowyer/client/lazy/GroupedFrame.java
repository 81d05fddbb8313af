package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A frame whose rows are in groups; {@link #agg} makes one row of each. Immutable. */
public final class GroupedFrame {
    private final LazyFrame frame;
    private final List<Plan.Item> keys;

    GroupedFrame(LazyFrame frame, List<Plan.Item> keys) {
        this.frame = frame;
        this.keys = keys;
    }

    /**
     * One row a group: the keys, then these. A filter behind it is what SQL calls HAVING.
     *
     * @param aggregates each an aggregate or made of aggregates: {@code sum("a").dividedBy(count())}
     * @throws dev.bowyer.client.error.BowyerException INVALID_ARGUMENT
     */
    public LazyFrame agg(Expr... aggregates) {
        List<Plan.Item> values = LazyFrame.items(Placement.AGGREGATION, "agg", aggregates);
        Set<String> plainKeys = new HashSet<>();
        keys.forEach(key -> {
            if (key.expr().node() instanceof Node.Column column) {
                plainKeys.add(column.name());
            }
        });
        for (Plan.Item value : values) {
            if (!checkOutside(value.expr(), plainKeys)) {
                throw Invalid.argument(
                        value.expr() + " in agg is no aggregate", "make it a key of groupBy, or use min, max, first");
            }
        }
        List<Plan.Item> all = new ArrayList<>(keys);
        all.addAll(values);
        LazyFrame.checkUnique(all);
        return frame.next(new Plan.Aggregation(frame.plan(), keys, values), values);
    }

    /** Whether there is an aggregate; outside of them, columns are keys. */
    private static boolean checkOutside(Expr expr, Set<String> plainKeys) {
        if (expr.node() instanceof Call.Aggregate) {
            return true;
        }
        if (expr.node() instanceof Node.Column column && !plainKeys.contains(column.name())) {
            throw Invalid.argument(
                    "the column " + column.name() + " in agg is neither in an aggregate nor a key",
                    "aggregate it, or add it to groupBy");
        }
        boolean found = false;
        for (Expr child : expr.node().children()) {
            found |= checkOutside(child, plainKeys);
        }
        return found;
    }
}
