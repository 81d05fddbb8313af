package dev.bowyer.client.lazy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The begin of a case distinction: {@code when(a).then(1).when(b).then(2).otherwise(3)}. Immutable. */
public final class CaseWhen {
    private final List<Expr> conditions;
    private final List<Expr> values;

    CaseWhen(List<Expr> conditions, List<Expr> values) {
        this.conditions = conditions;
        this.values = values;
    }

    /** The value if the last condition is true and none before it was. */
    public CaseWhen then(@Nullable Object value) {
        if (conditions.size() == values.size()) {
            throw Invalid.argument("then(" + value + ") without when", "write when(condition).then(value)");
        }
        return new CaseWhen(conditions, Expr.concat(values, List.of(Expr.of(value)), List.of()));
    }

    /** Another condition. */
    public CaseWhen when(Expr condition) {
        checkComplete("when");
        return new CaseWhen(Expr.concat(conditions, List.of(condition), List.of()), values);
    }

    /** The value if no condition was true; null for null. */
    public Expr otherwise(@Nullable Object value) {
        checkComplete("otherwise");
        return Expr.of(
                new Node.Case(List.copyOf(conditions), List.copyOf(values), value == null ? null : Expr.of(value)));
    }

    private void checkComplete(String next) {
        if (conditions.size() != values.size()) {
            throw Invalid.argument(
                    next + " follows when(" + conditions.get(conditions.size() - 1) + ") at once",
                    "put then(value) between");
        }
    }
}
