package dev.bowyer.client.lazy;

import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is in an expression. */
final class Contents {
    private Contents() {}

    /** The columns it is made of, but for those of the sides of a join. */
    static Set<String> columns(Expr expr) {
        Set<String> names = new LinkedHashSet<>();
        collect(expr, names);
        return names;
    }

    private static void collect(Expr expr, Set<String> names) {
        if (expr.node() instanceof Node.Column column) {
            names.add(column.name());
        }
        for (Expr child : expr.node().children()) {
            collect(child, names);
        }
    }

    static boolean hasWindow(Expr expr) {
        boolean found = expr.node() instanceof Call.Over;
        for (Expr child : expr.node().children()) {
            found |= hasWindow(child);
        }
        return found;
    }

    /**
     * Of columns, and of aggregates and window functions of columns, the name to have if no other was given; else
     * null.
     */
    static @Nullable String name(Node node) {
        if (node instanceof Node.Column column) {
            return column.name();
        }
        if (node instanceof Node.Cast cast) {
            return cast.operand().name();
        }
        if (node instanceof Call.Over over) {
            return over.function().name();
        }
        if (node instanceof Call.Aggregate aggregate) {
            String function = aggregate.function().name().toLowerCase(Locale.ROOT);
            return name(aggregate.distinct() ? function + "_distinct" : function, aggregate.operand());
        }
        if (node instanceof Call.Ranking ranking) {
            return name(
                    ranking.function().sql(),
                    ranking.arguments().isEmpty() ? null : ranking.arguments().get(0));
        }
        return null;
    }

    private static @Nullable String name(String function, @Nullable Expr operand) {
        if (operand == null) {
            return function;
        }
        return operand.node() instanceof Node.Column column ? function + "_" + column.name() : null;
    }
}
