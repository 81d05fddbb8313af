package dev.bowyer.client.lazy;

/**
 * What to sort by. Nulls come last in both directions unless said otherwise, on every server. Immutable; made by {@link
 * Expressions#asc} and {@link Expressions#desc}.
 */
public final class SortKey {
    private final Expr expr;
    private final boolean descending;
    private final boolean nullsFirst;

    SortKey(Expr expr, boolean descending, boolean nullsFirst) {
        this.expr = expr;
        this.descending = descending;
        this.nullsFirst = nullsFirst;
    }

    public SortKey nullsFirst() {
        return new SortKey(expr, descending, true);
    }

    public SortKey nullsLast() {
        return new SortKey(expr, descending, false);
    }

    /** The same direction by something else. */
    SortKey by(Expr other) {
        return new SortKey(other, descending, nullsFirst);
    }

    Expr expr() {
        return expr;
    }

    void write(ExprWriter writer) {
        writer.write(expr, ExprWriter.OR);
        writer.append(descending ? " DESC" : " ASC").append(nullsFirst ? " NULLS FIRST" : " NULLS LAST");
    }

    @Override
    public String toString() {
        return expr + (descending ? " descending" : "") + (nullsFirst ? " nulls first" : "");
    }
}
