package dev.bowyer.client.lazy;

import java.util.List;
import java.util.function.Consumer;

/** Writes expressions as SQL, or for people: then with the values in place, which no server ever sees. */
final class ExprWriter {
    /** How tightly an operator binds; an operand that binds less tightly gets brackets. */
    static final int OR = 1;

    static final int AND = 2;
    static final int NOT = 3;
    static final int PREDICATE = 4;
    static final int SUM = 5;
    static final int PRODUCT = 6;
    static final int ATOM = 7;

    private final SqlText out;
    private final Dialect dialect;
    private final boolean forPeople;
    private String leftAlias = "l";

    private ExprWriter(SqlText out, Dialect dialect, boolean forPeople) {
        this.out = out;
        this.dialect = dialect;
        this.forPeople = forPeople;
    }

    static SqlText sql(Expr expr, Dialect dialect, int tightness) {
        SqlText out = new SqlText();
        new ExprWriter(out, dialect, false).write(expr, tightness);
        return out;
    }

    /** @param leftAlias of the left side of a join */
    static SqlText sql(Expr condition, Dialect dialect, String leftAlias) {
        SqlText out = new SqlText();
        ExprWriter writer = new ExprWriter(out, dialect, false);
        writer.leftAlias = leftAlias;
        writer.write(condition, OR);
        return out;
    }

    static SqlText sql(List<SortKey> keys, Dialect dialect) {
        SqlText out = new SqlText();
        ExprWriter writer = new ExprWriter(out, dialect, false);
        writer.list(keys, key -> key.write(writer));
        return out;
    }

    static String text(Expr expr) {
        SqlText out = new SqlText();
        new ExprWriter(out, Dialect.DATAFUSION, true).write(expr, OR);
        return out.toString();
    }

    Dialect dialect() {
        return dialect;
    }

    ExprWriter append(String sql) {
        out.append(sql);
        return this;
    }

    ExprWriter name(String name) {
        return append(forPeople ? name : Names.quoted(name));
    }

    void side(boolean right) {
        name(right ? "r" : leftAlias);
    }

    void write(Expr expr, int tightness) {
        boolean brackets = expr.node().precedence() < tightness;
        append(brackets ? "(" : "");
        expr.node().write(this);
        append(brackets ? ")" : "");
    }

    /** Beside a column, a text or a moment takes its type from there: a text compared with a date is a date. */
    void writeBeside(Expr expr, Expr other, int tightness) {
        boolean column = other.node() instanceof Node.Column || other.node() instanceof Node.Side;
        if (column && !forPeople && expr.node() instanceof Node.Literal literal && literal.takesTypes()) {
            out.parameter(literal.value());
        } else {
            write(expr, tightness);
        }
    }

    void arguments(List<Expr> arguments) {
        list(arguments, argument -> write(argument, OR));
    }

    <T> void list(List<T> items, Consumer<T> write) {
        for (int i = 0; i < items.size(); i++) {
            append(i == 0 ? "" : ", ");
            write.accept(items.get(i));
        }
    }

    void literal(Object value, SqlType type) {
        if (forPeople) {
            append(
                    value instanceof String
                            ? "'" + value + "'"
                            : value instanceof byte[] b ? b.length + " bytes" : value.toString());
        } else {
            cast(type, false, () -> parameter(value, type));
        }
    }

    /** Of a moment, the time in UTC, to which a cast then adds the zone. */
    private void parameter(Object value, SqlType type) {
        if (dialect == Dialect.DATAFUSION && type.arrow() != null) {
            append("CAST(");
            out.parameter(value);
            append(" AS " + (type == SqlType.TIMESTAMP_TZ ? SqlType.TIMESTAMP : SqlType.TIMESTAMP_NANOS) + ")");
        } else {
            out.parameter(value);
        }
    }

    void cast(SqlType type, boolean orNull, Runnable value) {
        String arrow = dialect == Dialect.DATAFUSION && !forPeople ? type.arrow() : null;
        if (arrow == null) {
            append(orNull ? "TRY_CAST(" : "CAST(");
            value.run();
            append(" AS " + type + ")");
        } else {
            append(orNull ? "arrow_try_cast(" : "arrow_cast(");
            value.run();
            append(", '" + arrow + "')");
        }
    }
}
