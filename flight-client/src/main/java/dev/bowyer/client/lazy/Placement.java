package dev.bowyer.client.lazy;

/** Where aggregates, window functions and columns of the sides of a join may stand. */
enum Placement {
    /** Row by row: conditions, keys. */
    FILTER("filter", false, false),
    GROUP_KEY("groupBy", false, false),
    SORT_KEY("sort", false, false),
    /** Row by row, and over windows. */
    COLUMN("a column", false, true),
    AGGREGATION("agg", true, false),
    JOIN("a join", false, false);

    private final String place;
    private final boolean aggregates;
    private final boolean windows;

    Placement(String place, boolean aggregates, boolean windows) {
        this.place = place;
        this.aggregates = aggregates;
        this.windows = windows;
    }

    /** @return {@code expr} */
    Expr check(Expr expr) {
        check(expr, aggregates, windows, place);
        return expr;
    }

    private void check(Expr expr, boolean aggregatesHere, boolean windowsHere, String where) {
        Node node = expr.node();
        if (node instanceof Call.Aggregate aggregate) {
            if (!aggregatesHere) {
                throw Invalid.argument(
                        "the aggregate " + expr + " in " + where,
                        "use groupBy(...).agg(...) and then the column it makes, or over(window) in withColumn");
            }
            if (aggregate.function().isOrdered() && aggregate.order().isEmpty()) {
                throw Invalid.argument(expr + " of rows that have no order", "add one: first(\"x\", asc(\"day\"))");
            }
        }
        if (node instanceof Call.Over over) {
            if (!windowsHere) {
                throw Invalid.argument(
                        "the window function " + expr + " in " + where,
                        "make it a column with withColumn, then use the column");
            }
            checkOrder(over);
            over.function().node().children().forEach(child -> check(child, false, false, "a window"));
            over.window().partition().forEach(key -> check(key, false, false, "a window"));
            over.window().order().forEach(key -> check(key.expr(), false, false, "a window"));
            return;
        }
        if (node instanceof Call.Ranking) {
            throw Invalid.argument(expr + " without a window", "add over(Window.partitionBy(...).orderBy(...))");
        }
        checkSide(expr);
        boolean inside = aggregatesHere && !(node instanceof Call.Aggregate);
        String next = node instanceof Call.Aggregate ? "another aggregate" : where;
        for (Expr child : node.children()) {
            check(child, inside, windowsHere, next);
        }
    }

    private static void checkOrder(Call.Over over) {
        boolean ordered = over.function().node() instanceof Call.Aggregate aggregate
                && aggregate.function().isOrdered();
        if (ordered && over.window().order().isEmpty()) {
            throw Invalid.argument(
                    over.function() + " over a window that has no order", "add one: .orderBy(asc(\"day\"))");
        }
    }

    private void checkSide(Expr expr) {
        if (this != JOIN && expr.node() instanceof Node.Side side) {
            throw Invalid.argument(
                    expr + " in " + place + " is of another frame",
                    "left and right are for the condition of a join; here write col(\"" + side.name() + "\")");
        }
        if (this == JOIN && expr.node() instanceof Node.Column column) {
            throw Invalid.argument(
                    "the column " + column.name() + " in the condition of a join may be of either side",
                    "write left(\"" + column.name() + "\") or right(\"" + column.name() + "\")");
        }
    }
}
