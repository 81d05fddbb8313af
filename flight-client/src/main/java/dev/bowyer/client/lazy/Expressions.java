package dev.bowyer.client.lazy;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where expressions begin; to be imported statically. In this class a String names a column, but for {@link #lit} and
 * where a
 * parameter is an {@link Object}.
 *
 * <p>Without {@link Expr#as}, {@code avg("fare")} is named {@code avg_fare}, and {@code count()} is {@code count}.
 */
public final class Expressions {
    private Expressions() {}

    /** A column. Names are taken exactly, upper and lower case too. */
    public static Expr col(String name) {
        return Expr.of(new Node.Column(Names.checked(name)));
    }

    /** A column of the left side, in the condition of a join. */
    public static Expr left(String name) {
        return Expr.of(new Node.Side(false, Names.checked(name)));
    }

    /** A column of the right side, in the condition of a join. */
    public static Expr right(String name) {
        return Expr.of(new Node.Side(true, Names.checked(name)));
    }

    /** A constant: text, whole number (BIGINT), double, decimal, boolean, bytes, date, time, moment, UUID (as text). */
    public static Expr lit(@Nullable Object value) {
        return Expr.of(value);
    }

    /** Null of a type. */
    public static Expr nullOf(SqlType type) {
        return Expr.of(new Node.Null(type));
    }

    public static Expr not(Expr condition) {
        return Expr.of(new Node.Not(condition));
    }

    /** Number of rows. */
    public static Expr count() {
        return aggregate(Call.AggregateFunction.COUNT, null);
    }

    /** Number of rows where the column is not null. */
    public static Expr count(String column) {
        return count(col(column));
    }

    public static Expr count(Expr value) {
        return aggregate(Call.AggregateFunction.COUNT, value);
    }

    /** Number of different values, null not counted. */
    public static Expr countDistinct(String column) {
        return countDistinct(col(column));
    }

    public static Expr countDistinct(Expr value) {
        return Expr.of(new Call.Aggregate(Call.AggregateFunction.COUNT, true, value, List.of(), null));
    }

    public static Expr sum(String column) {
        return sum(col(column));
    }

    public static Expr sum(Expr value) {
        return aggregate(Call.AggregateFunction.SUM, value);
    }

    public static Expr avg(String column) {
        return avg(col(column));
    }

    public static Expr avg(Expr value) {
        return aggregate(Call.AggregateFunction.AVG, value);
    }

    public static Expr min(String column) {
        return min(col(column));
    }

    public static Expr min(Expr value) {
        return aggregate(Call.AggregateFunction.MIN, value);
    }

    public static Expr max(String column) {
        return max(col(column));
    }

    public static Expr max(Expr value) {
        return aggregate(Call.AggregateFunction.MAX, value);
    }

    public static Expr median(String column) {
        return median(col(column));
    }

    public static Expr median(Expr value) {
        return aggregate(Call.AggregateFunction.MEDIAN, value);
    }

    /** Standard deviation of a sample. */
    public static Expr stddev(String column) {
        return stddev(col(column));
    }

    public static Expr stddev(Expr value) {
        return aggregate(Call.AggregateFunction.STDDEV, value);
    }

    /** Variance of a sample. */
    public static Expr variance(String column) {
        return variance(col(column));
    }

    public static Expr variance(Expr value) {
        return aggregate(Call.AggregateFunction.VARIANCE, value);
    }

    /** The value of the first row in an order; over a window, the window has the order. */
    public static Expr first(String column, SortKey... order) {
        return Expr.of(new Call.Aggregate(Call.AggregateFunction.FIRST, false, col(column), List.of(order), null));
    }

    /** The value of the last row in an order; over a window, the window has the order. */
    public static Expr last(String column, SortKey... order) {
        return Expr.of(new Call.Aggregate(Call.AggregateFunction.LAST, false, col(column), List.of(order), null));
    }

    /** 1, 2, 3, ... over a window. */
    public static Expr rowNumber() {
        return ranking(Call.RankingFunction.ROW_NUMBER, List.of(), List.of());
    }

    /** As {@link #rowNumber}, equal rows with equal numbers and a gap behind them. */
    public static Expr rank() {
        return ranking(Call.RankingFunction.RANK, List.of(), List.of());
    }

    /** As {@link #rank}, without gaps. */
    public static Expr denseRank() {
        return ranking(Call.RankingFunction.DENSE_RANK, List.of(), List.of());
    }

    /** {@link #rank} from 0 to 1. */
    public static Expr percentRank() {
        return ranking(Call.RankingFunction.PERCENT_RANK, List.of(), List.of());
    }

    /** The rows of a window in {@code buckets} parts of about the same size, numbered from 1. */
    public static Expr ntile(int buckets) {
        if (buckets < 1) {
            throw Invalid.argument("ntile: " + buckets + " (expected: 1 or more)", "give the number of parts");
        }
        return ranking(Call.RankingFunction.NTILE, List.of(), List.of((long) buckets));
    }

    /** The value {@code rows} rows before, in the order of the window; null when there is none. */
    public static Expr lag(String column, int rows) {
        return ranking(Call.RankingFunction.LAG, List.of(col(column)), List.of(checkedRows("lag", rows)));
    }

    /** The value {@code rows} rows later, in the order of the window; null when there is none. */
    public static Expr lead(String column, int rows) {
        return ranking(Call.RankingFunction.LEAD, List.of(col(column)), List.of(checkedRows("lead", rows)));
    }

    /** {@code when(a).then(1).when(b).then(2).otherwise(3)}. */
    public static CaseWhen when(Expr condition) {
        return new CaseWhen(List.of(condition), List.of());
    }

    /** The first that is not null. */
    public static Expr coalesce(Object... values) {
        return call("coalesce", values);
    }

    /** The greatest of these; nulls are passed over. */
    public static Expr greatest(Object... values) {
        return call("greatest", values);
    }

    /** The least of these; nulls are passed over. */
    public static Expr least(Object... values) {
        return call("least", values);
    }

    /** Texts one after another; a null is the empty text. */
    public static Expr concat(Object... values) {
        return call("concat", values);
    }

    public static SortKey asc(String column) {
        return col(column).asc();
    }

    public static SortKey asc(Expr value) {
        return value.asc();
    }

    public static SortKey desc(String column) {
        return col(column).desc();
    }

    public static SortKey desc(Expr value) {
        return value.desc();
    }

    private static Expr call(String function, Object[] values) {
        if (values.length == 0) {
            throw Invalid.argument(function + " of nothing", "give at least one value");
        }
        return Expr.of(new Call.Scalar(function, Expr.listOf(Arrays.asList(values)), List.of()));
    }

    private static Expr aggregate(Call.AggregateFunction function, @Nullable Expr operand) {
        return Expr.of(new Call.Aggregate(function, false, operand, List.of(), null));
    }

    private static Expr ranking(Call.RankingFunction function, List<Expr> arguments, List<Long> constants) {
        return Expr.of(new Call.Ranking(function, arguments, constants));
    }

    private static long checkedRows(String function, int rows) {
        if (rows < 0) {
            throw Invalid.argument(
                    function + " by " + rows + " rows (expected: 0 or more)", "lag looks back, lead ahead");
        }
        return rows;
    }
}
