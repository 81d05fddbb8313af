package dev.bowyer.client.lazy;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Calls of functions. */
sealed interface Call extends Node
        permits Call.Scalar, Call.DatePart, Call.Regex, Call.Aggregate, Call.Ranking, Call.Over {
    @Override
    default int precedence() {
        return ExprWriter.ATOM;
    }

    /**
     * @param constants whole numbers behind the arguments, which are not bound: some servers want them to be
     * constants
     */
    record Scalar(String function, List<Expr> arguments, List<Long> constants) implements Call {
        @Override
        public List<Expr> children() {
            return arguments;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.append(function + "(").arguments(arguments);
            constants.forEach(constant -> writer.append(", " + constant));
            writer.append(")");
        }
    }

    record DatePart(DateUnit unit, boolean truncate, Expr operand) implements Call {
        @Override
        public List<Expr> children() {
            return List.of(operand);
        }

        @Override
        public void write(ExprWriter writer) {
            String name = unit.name();
            writer.append(
                    truncate ? "date_trunc('" + name.toLowerCase(Locale.ROOT) + "', " : "extract(" + name + " FROM ");
            writer.write(operand, ExprWriter.OR);
            writer.append(")");
        }
    }

    /** @param group of what is to be extracted, 0 for all; null when the question is whether there is a match */
    record Regex(Expr operand, String pattern, @Nullable Integer group) implements Call {
        @Override
        public List<Expr> children() {
            return List.of(operand);
        }

        @Override
        public void write(ExprWriter writer) {
            boolean duckdb = writer.dialect() == Dialect.DUCKDB;
            if (group == null) {
                call(writer, duckdb ? "regexp_matches" : "regexp_like", pattern, ")");
            } else if (duckdb) {
                // It gives the empty text where nothing matches.
                writer.append("CASE WHEN ");
                call(writer, "regexp_matches", pattern, ") THEN ");
                call(writer, "regexp_extract", pattern, ", " + group + ") END");
            } else {
                // A list of all groups; in brackets of its own, the whole match is the first.
                writer.append("(");
                call(writer, "regexp_match", "(" + pattern + ")", "))[" + (group + 1) + "]");
            }
        }

        private void call(ExprWriter writer, String function, String pattern, String end) {
            writer.append(function + "(").write(operand, ExprWriter.OR);
            writer.append(", ").literal(pattern, SqlType.VARCHAR);
            writer.append(end);
        }
    }

    enum AggregateFunction {
        COUNT("count", "count"),
        SUM("sum", "sum"),
        AVG("avg", "avg"),
        MIN("min", "min"),
        MAX("max", "max"),
        MEDIAN("median", "median"),
        STDDEV("stddev_samp", "stddev_samp"),
        VARIANCE("var_samp", "var_samp"),
        FIRST("first_value", "first"),
        LAST("last_value", "last");

        final String datafusion;
        final String duckdb;

        AggregateFunction(String datafusion, String duckdb) {
            this.datafusion = datafusion;
            this.duckdb = duckdb;
        }

        boolean isOrdered() {
            return this == FIRST || this == LAST;
        }
    }

    /**
     * @param operand null for rows
     * @param order of the first and last value
     */
    record Aggregate(
            AggregateFunction function,
            boolean distinct,
            @Nullable Expr operand,
            List<SortKey> order,
            @Nullable Expr condition)
            implements Call {
        @Override
        public List<Expr> children() {
            return Expr.concat(
                    operand == null ? List.of() : List.of(operand),
                    order.stream().map(SortKey::expr).toList(),
                    condition == null ? List.of() : List.of(condition));
        }

        @Override
        public void write(ExprWriter writer) {
            write(writer, writer.dialect() == Dialect.DUCKDB ? function.duckdb : function.datafusion);
        }

        /** As functions of windows, the first and last value have the same names everywhere. */
        void writeForWindow(ExprWriter writer) {
            write(writer, function.datafusion);
        }

        private void write(ExprWriter writer, String name) {
            writer.append(name + (distinct ? "(DISTINCT " : "("));
            if (operand == null) {
                writer.append("*");
            } else {
                writer.write(operand, ExprWriter.OR);
            }
            if (!order.isEmpty()) {
                writer.append(" ORDER BY ").list(order, key -> key.write(writer));
            }
            writer.append(")");
            if (condition != null) {
                writer.append(" FILTER (WHERE ").write(condition, ExprWriter.OR);
                writer.append(")");
            }
        }
    }

    enum RankingFunction {
        ROW_NUMBER,
        RANK,
        DENSE_RANK,
        PERCENT_RANK,
        NTILE,
        LAG,
        LEAD;

        String sql() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Unsigned on some servers, which few clients have a type for. */
        boolean isWhole() {
            return this == ROW_NUMBER || this == RANK || this == DENSE_RANK || this == NTILE;
        }
    }

    /** A function that has a meaning over a window only. */
    record Ranking(RankingFunction function, List<Expr> arguments, List<Long> constants) implements Call {
        @Override
        public List<Expr> children() {
            return arguments;
        }

        @Override
        public void write(ExprWriter writer) {
            writer.append(function.sql() + "(").arguments(arguments);
            for (int i = 0; i < constants.size(); i++) {
                writer.append((i == 0 && arguments.isEmpty() ? "" : ", ") + constants.get(i));
            }
            writer.append(")");
        }
    }

    record Over(Expr function, Window window) implements Call {
        @Override
        public List<Expr> children() {
            return Expr.concat(
                    List.of(function),
                    window.partition(),
                    window.order().stream().map(SortKey::expr).toList());
        }

        @Override
        public void write(ExprWriter writer) {
            boolean cast = function.node() instanceof Ranking ranking
                    && ranking.function().isWhole();
            writer.append(cast ? "CAST(" : "");
            if (function.node() instanceof Aggregate aggregate) {
                aggregate.writeForWindow(writer);
            } else {
                function.node().write(writer);
            }
            writer.append(" OVER (");
            window.write(writer);
            writer.append(cast ? ") AS BIGINT)" : ")");
        }
    }
}
