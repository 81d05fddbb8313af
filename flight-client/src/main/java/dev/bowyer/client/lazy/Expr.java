package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A value computed for each row: a column, a constant, or something made of them. Immutable; made by
 * {@link Expressions}.
 *
 * <p>Where a method takes an {@link Object}, that is another expression or a Java value, which is bound as a
 * parameter: a String is a text there, never a column. Null is unknown as in SQL: a comparison with null is null, and
 * a filter drops the row.
 *
 * <p>Everything throws {@link dev.bowyer.client.error.BowyerException} INVALID_ARGUMENT for what cannot be in a
 * statement.
 */
public final class Expr {
    /** Nested any deeper, neither this library nor a server could read it. */
    static final int MAX_DEPTH = 500;

    static final int MAX_SIZE = 20_000;

    private final Node node;
    private final @Nullable String alias;
    private final int depth;
    private final int size;

    private Expr(Node node, @Nullable String alias, int depth, int size) {
        this.node = node;
        this.alias = alias;
        this.depth = depth;
        this.size = size;
    }

    static Expr of(Node node) {
        int depth = 1;
        long size = 1;
        for (Expr child : node.children()) {
            depth = Math.max(depth, child.depth + 1);
            size += child.size;
        }
        if (depth > MAX_DEPTH) {
            throw Invalid.argument(
                    "an expression nests " + depth + " levels, the limit is " + MAX_DEPTH,
                    "use in(...) instead of many or(...), or compute parts with withColumn first");
        }
        if (size > MAX_SIZE) {
            throw Invalid.argument(
                    "an expression has " + size + " parts, the limit is " + MAX_SIZE,
                    "join with a table that holds the values, or compute parts with withColumn first");
        }
        return new Expr(node, null, depth, (int) size);
    }

    /** An expression as it is, anything else as a constant. */
    static Expr of(@Nullable Object value) {
        if (value == null) {
            return of(new Node.Null(null));
        }
        if (value instanceof Expr expr) {
            return expr;
        }
        if (value instanceof SortKey || value instanceof Window || value instanceof CaseWhen) {
            throw Invalid.argument(
                    value + " is no value", "asc, desc and windows stand alone; end when(...) with otherwise");
        }
        return of(Literals.of(value));
    }

    static List<Expr> listOf(Collection<? extends @Nullable Object> values) {
        List<Expr> list = new ArrayList<>();
        for (Object value : values) {
            list.add(of(value));
        }
        return List.copyOf(list);
    }

    static List<Expr> concat(List<Expr> first, List<Expr> second, List<Expr> third) {
        List<Expr> all = new ArrayList<>(first);
        all.addAll(second);
        all.addAll(third);
        return all;
    }

    /** This, as a column of that name. */
    public Expr as(String name) {
        return new Expr(node, Names.checked(name), depth, size);
    }

    public Expr eq(Object value) {
        return compare(Node.Operator.EQ, value);
    }

    public Expr ne(Object value) {
        return compare(Node.Operator.NE, value);
    }

    public Expr lt(Object value) {
        return compare(Node.Operator.LT, value);
    }

    public Expr le(Object value) {
        return compare(Node.Operator.LE, value);
    }

    public Expr gt(Object value) {
        return compare(Node.Operator.GT, value);
    }

    public Expr ge(Object value) {
        return compare(Node.Operator.GE, value);
    }

    public Expr and(Expr other) {
        return of(new Node.Operation(Node.Operator.AND, this, other));
    }

    public Expr or(Expr other) {
        return of(new Node.Operation(Node.Operator.OR, this, other));
    }

    public Expr plus(Object value) {
        return of(new Node.Operation(Node.Operator.ADD, this, of(value)));
    }

    public Expr minus(Object value) {
        return of(new Node.Operation(Node.Operator.SUB, this, of(value)));
    }

    public Expr times(Object value) {
        return of(new Node.Operation(Node.Operator.MUL, this, of(value)));
    }

    /** Of two whole numbers a whole number or a fraction, as the server has it; cast one to DOUBLE for a fraction. */
    public Expr dividedBy(Object value) {
        return of(new Node.Operation(Node.Operator.DIV, this, of(value)));
    }

    /** The remainder, with the sign of this. */
    public Expr mod(Object value) {
        return of(new Node.Operation(Node.Operator.MOD, this, of(value)));
    }

    public Expr negated() {
        return of(new Node.Negative(this));
    }

    public Expr isNull() {
        return of(new Node.IsNull(this, false));
    }

    public Expr isNotNull() {
        return of(new Node.IsNull(this, true));
    }

    /** One of these; false when there are none. */
    public Expr in(Object... values) {
        return in(Arrays.asList(values));
    }

    /** One of these; false when there are none. */
    public Expr in(Collection<?> values) {
        List<Expr> list = listOf(values);
        list.forEach(value -> refuseNull(value, "in"));
        return of(new Node.In(this, list));
    }

    /** From {@code low} to {@code high}, both included. */
    public Expr between(Object low, Object high) {
        Expr from = refuseNull(of(low), "between");
        return of(new Node.Between(this, from, refuseNull(of(high), "between")));
    }

    /**
     * Matches a pattern of {@code %} (any text) and {@code _} (one character); a backslash before either, or before
     * another
     * backslash, takes it as it is.
     */
    public Expr like(String pattern) {
        return of(new Node.Like(this, of(Literals.checkedPattern(pattern))));
    }

    public Expr startsWith(Object text) {
        return call("starts_with", of(text));
    }

    public Expr endsWith(Object text) {
        return call("ends_with", of(text));
    }

    public Expr contains(Object text) {
        return call("contains", of(text));
    }

    /** Whether the regular expression matches somewhere. */
    public Expr regexMatches(String pattern) {
        return of(new Call.Regex(this, Literals.checkedText(pattern), null));
    }

    /**
     * What a group of a regular expression matches first; null when it does not match.
     *
     * @param group from 1; 0 for all that is matched
     */
    public Expr regexExtract(String pattern, int group) {
        if (group < 0 || group > 9) {
            throw Invalid.argument(
                    "regular expression group: " + group + " (expected: 0 to 9)", "0 is the whole match");
        }
        return of(new Call.Regex(this, Literals.checkedText(pattern), group));
    }

    public Expr lower() {
        return call("lower");
    }

    public Expr upper() {
        return call("upper");
    }

    /** Without spaces at both ends. */
    public Expr trim() {
        return call("trim");
    }

    /** Number of characters. */
    public Expr length() {
        return call("character_length");
    }

    /** Every {@code from} replaced by {@code to}. */
    public Expr replace(Object from, Object to) {
        return call("replace", of(from), of(to));
    }

    /** @param start of the first character, from 1 */
    public Expr substring(int start) {
        return constants("substring", List.of(checkedStart(start)));
    }

    /**
     * @param start of the first character, from 1
     * @param length at most that many characters
     */
    public Expr substring(int start, int length) {
        if (length < 0) {
            throw Invalid.argument("substring length: " + length + " (expected: 0 or more)", "count characters");
        }
        return constants("substring", List.of(checkedStart(start), (long) length));
    }

    public Expr abs() {
        return call("abs");
    }

    public Expr floor() {
        return call("floor");
    }

    public Expr ceil() {
        return call("ceil");
    }

    public Expr sqrt() {
        return call("sqrt");
    }

    public Expr round() {
        return call("round");
    }

    /** @param digits behind the point, -20 to 20 */
    public Expr round(int digits) {
        if (Math.abs((long) digits) > 20) {
            throw Invalid.argument(
                    "digits to round to: " + digits + " (expected: -20 to 20)", "count digits behind the point");
        }
        return constants("round", List.of((long) digits));
    }

    /** Null where this is {@code value}. */
    public Expr nullIf(Object value) {
        return call("nullif", of(value));
    }

    /** The begin of the year, month, day, ... that this date or time is in. */
    public Expr dateTrunc(DateUnit unit) {
        if (!unit.canTruncate) {
            throw Invalid.argument("dateTrunc to " + unit, "use a unit from YEAR to SECOND");
        }
        return of(new Call.DatePart(unit, true, this));
    }

    /** A part of a date or time as a number. */
    public Expr extract(DateUnit unit) {
        return of(new Call.DatePart(unit, false, this));
    }

    /** As another type; the query fails where that is not possible. */
    public Expr cast(SqlType type) {
        return of(new Node.Cast(this, type, false));
    }

    /** As another type; null where that is not possible. */
    public Expr tryCast(SqlType type) {
        return of(new Node.Cast(this, type, true));
    }

    /** An aggregate over the rows of which {@code condition} is true. */
    public Expr where(Expr condition) {
        if (!(node instanceof Call.Aggregate aggregate) || aggregate.condition() != null) {
            throw Invalid.argument("where on " + this, "it belongs to one aggregate, once: count().where(condition)");
        }
        return of(new Call.Aggregate(
                aggregate.function(), aggregate.distinct(), aggregate.operand(), aggregate.order(), condition));
    }

    /** An aggregate or a window function over the rows that a window shows it from each row. */
    public Expr over(Window window) {
        boolean ordered =
                node instanceof Call.Aggregate aggregate && !aggregate.order().isEmpty();
        if (!(node instanceof Call.Aggregate || node instanceof Call.Ranking)) {
            throw Invalid.argument(
                    this + " over a window", "only aggregates, rowNumber, rank, lag, lead and the like go there");
        }
        if (ordered) {
            throw Invalid.argument(this + " over a window", "give the order to the window");
        }
        return of(new Call.Over(this, window));
    }

    public SortKey asc() {
        return new SortKey(this, false, false);
    }

    public SortKey desc() {
        return new SortKey(this, true, false);
    }

    private Expr compare(Node.Operator operator, @Nullable Object value) {
        return of(new Node.Operation(operator, this, refuseNull(of(value), operator.sql)));
    }

    private Expr refuseNull(Expr value, String where) {
        if (value.node instanceof Node.Null literal && literal.type() == null) {
            throw Invalid.argument(
                    this + " " + where + " null is never true", "use isNull() or isNotNull(); leave null out of lists");
        }
        return value;
    }

    private static long checkedStart(int start) {
        if (start < 1) {
            throw Invalid.argument("substring from " + start + " (expected: 1 or more)", "the first character is 1");
        }
        return start;
    }

    private Expr call(String function, Expr... others) {
        return of(new Call.Scalar(function, concat(List.of(this), List.of(others), List.of()), List.of()));
    }

    private Expr constants(String function, List<Long> constants) {
        return of(new Call.Scalar(function, List.of(this), constants));
    }

    Node node() {
        return node;
    }

    int size() {
        return size;
    }

    /** The given name, or that of {@link Contents#name}; null when there is none. */
    @Nullable
    String name() {
        return alias != null ? alias : Contents.name(node);
    }

    /** For people; {@link LazyFrame#toSql} shows what is sent. */
    @Override
    public String toString() {
        return Invalid.shown(ExprWriter.text(this)) + (alias == null ? "" : " as " + alias);
    }
}
