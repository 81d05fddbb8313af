package dev.bowyer.client.lazy;

import static dev.bowyer.client.lazy.Expressions.avg;
import static dev.bowyer.client.lazy.Expressions.coalesce;
import static dev.bowyer.client.lazy.Expressions.col;
import static dev.bowyer.client.lazy.Expressions.count;
import static dev.bowyer.client.lazy.Expressions.desc;
import static dev.bowyer.client.lazy.Expressions.first;
import static dev.bowyer.client.lazy.Expressions.lag;
import static dev.bowyer.client.lazy.Expressions.left;
import static dev.bowyer.client.lazy.Expressions.lit;
import static dev.bowyer.client.lazy.Expressions.not;
import static dev.bowyer.client.lazy.Expressions.rank;
import static dev.bowyer.client.lazy.Expressions.right;
import static dev.bowyer.client.lazy.Expressions.sum;
import static dev.bowyer.client.lazy.Expressions.when;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.math.BigDecimal;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LazyFrameBadUseTest {
    private final DuckDb database = new DuckDb();
    private final LazyFrame t = database.frame("t");

    @BeforeEach
    void tables() {
        database.run("CREATE TABLE t (a BIGINT, b VARCHAR, c BIGINT)");
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static void refused(String message, String hint, ThrowingCallable call) {
        assertThatExceptionOfType(BowyerException.class).isThrownBy(call).satisfies(e -> {
            assertThat(e.code()).isEqualTo(ErrorCodes.INVALID_ARGUMENT);
            assertThat(e.getMessage()).contains(message);
            assertThat(e.hint()).contains(hint);
        });
    }

    @Test
    void aggregatesAndWindowsOutOfPlace() {
        refused("the aggregate sum(a) in filter", "groupBy", () -> t.filter(sum("a").gt(1)));
        refused("the aggregate count(*) in a column", "agg", () -> t.select(count()));
        refused("the aggregate count(*) in groupBy", "agg", () -> t.groupBy(count()));
        refused("the aggregate avg(a) in sort", "agg", () -> t.sort(desc(avg("a"))));
        refused(
                "the aggregate sum(a) in another aggregate",
                "agg",
                () -> t.agg(avg(sum("a")).as("x")));
        refused(
                "in another aggregate",
                "withColumn",
                () -> t.agg(sum(lag("a", 1).over(Window.all())).as("x")));
        refused(
                "in filter",
                "withColumn",
                () -> t.filter(rank().over(Window.all()).lt(3)));
        refused(
                "in a window",
                "withColumn",
                () -> t.select(sum(rank().over(Window.all())).over(Window.all()).as("x")));
        refused("rank() without a window", "over", () -> t.select(rank()));
        refused("lower(b) over a window", "aggregates", () -> col("b").lower().over(Window.all()));
        refused("b as x in agg is no aggregate", "key", () -> t.groupBy("b").agg(col("b").as("x")));
        refused(
                "the column c in agg is neither",
                "groupBy",
                () -> t.groupBy("b").agg(sum("a").plus(col("c")).as("x")));
        refused("no order", "asc", () -> t.agg(first("a")));
        refused(
                "first_value(a) over a window that has no order",
                "orderBy",
                () -> t.select(first("a").over(Window.partitionBy("b")).as("x")));
        refused("where on a", "aggregate", () -> col("a").where(col("a").gt(1)));
    }

    @Test
    void emptyAndUnnamed() {
        refused("select of nothing", "column", () -> t.select(new Expr[0]));
        refused("agg of nothing", "column", () -> t.agg());
        refused("groupBy of nothing", "column", () -> t.groupBy(new String[0]));
        refused("sort by nothing", "column", () -> t.sort(new SortKey[0]));
        refused("drop of nothing", "column", () -> t.drop());
        refused("rename of nothing", "names", () -> t.rename(Map.of()));
        refused("coalesce of nothing", "value", () -> coalesce());
        refused("select of a + 1, which has no name", "as(", () -> t.select(col("a").plus(1)));
        refused("two columns are named a", "another name", () -> t.select(col("a"), col("b").as("a")));
        refused("two columns are named a", "another name", () -> t.groupBy("a").agg(count().as("a")));
        refused("two columns are named avg_a", "another name", () -> t.agg(avg("a"), avg("a")));
        refused("a name is empty", "name", () -> col(""));
    }

    @Test
    void numbersOutOfRange() {
        refused("limit: -1", "leave it out", () -> t.limit(-1));
        refused("offset: -2", "first", () -> t.offset(-2));
        refused("substring from 0", "1", () -> col("b").substring(0));
        refused("substring length: -1", "characters", () -> col("b").substring(1, -1));
        refused("group: 10", "0", () -> col("b").regexExtract("x", 10));
        refused("digits to round to: 21", "digits", () -> col("a").round(21));
        refused("ntile: 0", "parts", () -> Expressions.ntile(0));
        refused("lag by -1", "lead", () -> lag("a", -1));
        refused(
                "rows between 1 FOLLOWING and CURRENT ROW",
                "first",
                () -> Window.all().rowsBetween(1, 0));
        refused("decimal precision: 39", "DOUBLE", () -> SqlType.decimal(39, 0));
        refused("decimal scale: 3", "digits", () -> SqlType.decimal(2, 3));
        refused("dateTrunc to DOW", "YEAR", () -> col("a").dateTrunc(DateUnit.DOW));
        refused("more than 38 digits", "round", () -> lit(new BigDecimal("1E+39")));
        refused("more than 38 digits", "round", () -> lit(new BigDecimal("1E-2000000000")));
    }

    @Test
    void valuesThatAreNone() {
        refused("a = null is never true", "isNull", () -> col("a").eq(nullValue()));
        refused("a in null is never true", "isNull", () -> col("a").in(Collections.singletonList(null)));
        refused("a between null is never true", "isNull", () -> col("a").between(1, nullValue()));
        refused("java.lang.Object is none of SQL", "text", () -> lit(new Object()));
        refused("AtomicLong is none of SQL", "long", () -> lit(new java.util.concurrent.atomic.AtomicLong()));
        refused("a descending is no value", "stand alone", () -> col("a").eq(desc("a")));
        refused("half a surrogate pair, \\uD83D, at character 1", "Unicode", () -> lit("x\ud83d"));
        refused("half a surrogate pair", "Unicode", () -> col("\ude00"));
        refused("NUL", "no SQL server", () -> col("a\0b"));
        refused("1025 characters", "shorter", () -> col("x".repeat(1025)));
        refused("the pattern a\\", "backslash", () -> col("b").like("a\\"));
        refused("the pattern \\d", "backslash", () -> col("b").like("\\d"));
        refused("otherwise follows when(a)", "then", () -> when(col("a")).otherwise(1));
        refused("then(2) without when", "when", () -> when(col("a")).then(1).then(2));
    }

    @SuppressWarnings("NullAway") // what callers without a checker do
    private static Object nullValue() {
        return null;
    }

    @Test
    void framesAndTables() {
        try (DuckDb other = new DuckDb()) {
            refused("a frame of another client", "one client", () -> t.join(other.frame("t"), Join.inner("a")));
            refused("a frame of another client", "one client", () -> t.unionAll(other.frame("t")));
        }
        refused(
                "l.a in filter is of another frame",
                "col(\"a\")",
                () -> t.filter(left("a").eq(1)));
        refused("of either side", "left(\"a\")", () -> Join.inner().on(col("a").eq(right("a"))));
        refused("the aggregate sum(a) in a join", "agg", () -> Join.inner().on(sum("a").gt(1)));
        refused("join by nothing", "Join.cross()", () -> t.join(t, Join.inner()));
        refused(
                "for cross join",
                "cross has none",
                () -> Join.cross().on(left("a").eq(right("a"))));
        refused("names a column twice", "once", () -> Join.inner("a", "a"));
        refused(
                "two columns c_right",
                "suffix",
                () -> t.rename("b", "c_right").join(t, Join.inner("a")).toSql());
        refused("no column x", "a, b, c", () -> t.join(t, Join.inner("x")).toSql());
        refused("a quote that is not closed", "double quotes", () -> database.frame("\"a"));
        refused("behind a closing quote", "dots", () -> database.frame("\"a\"b"));
        refused("a name is empty", "table", () -> database.frame("a..b"));
        refused("a name is empty", "table", () -> database.frame(""));
        refused("more than 8 parts", "dots", () -> database.frame("a.b.c.d.e.f.g.h.i"));
        refused("a table without a name", "parts", () -> LazyFrame.of(database.runner, Dialect.DUCKDB, List.of()));
    }

    @Test
    void namesThatDuckDbTakesForOne() {
        refused(
                "the columns a and A are one to DuckDB",
                "another name",
                () -> t.withColumn("A", lit(1)).toSql());
        refused(
                "the columns a and A are one",
                "rename",
                () -> t.select(col("a"), col("c").as("A")).toSql());
        refused(
                "the columns B and b are one",
                "rename",
                () -> t.rename("a", "B").toSql());
        refused(
                "the columns a and A are one",
                "as(",
                () -> t.groupBy("a").agg(sum("c").as("A")).toSql());
        LazyFrame other = t.select(col("a"), col("c").as("B"));
        refused(
                "the columns b and B are one",
                "rename",
                () -> t.join(other, Join.inner("a")).toSql());
        assertThat(LazyFrame.of(database.runner, "t").withColumn("A", lit(1)).toSql())
                .as("two columns to DataFusion")
                .contains("AS \"A\"");
    }

    @Test
    void columnsThatAreKnownNotToBeThere() {
        refused(
                "no column x",
                "a, c",
                () -> t.select("a", "c").filter(col("x").gt(1)).toSql());
        refused(
                "no column b",
                "n",
                () -> t.groupBy("a").agg(count().as("n")).sort("b").toSql());
        refused("no column x", "a, b, c", () -> t.drop("x").toSql());
        refused("no column x", "a, b, c", () -> t.rename("x", "y").toSql());
        refused("rename makes two columns b", "drop", () -> t.rename("a", "b").toSql());
        refused(
                "drop of all columns",
                "at least one",
                () -> t.drop("a", "b", "c").toSql());
        refused(
                "union of the columns a, b, c with a, b",
                "same columns",
                () -> t.union(t.drop("c")).toSql());
    }

    @Test
    void depthAndSize() {
        refused("a frame of 501 steps, the limit is 500", "withColumns", () -> {
            LazyFrame frame = t;
            for (int i = 0; i < 1000; i++) {
                frame = frame.filter(col("a").gt(i));
            }
        });
        refused("nests 501 levels, the limit is 500", "in(...)", () -> {
            Expr expr = col("a").eq(0);
            for (int i = 0; i < 1000; i++) {
                expr = expr.or(col("a").eq(i));
            }
        });
        refused("parts, the limit is 20000", "withColumn", () -> {
            Expr expr = col("a");
            for (int i = 0; i < 100; i++) {
                expr = expr.plus(expr);
            }
        });
        refused("parts, the limit is 50000", "fewer frames", () -> {
            LazyFrame frame = t;
            for (int i = 0; i < 100; i++) {
                frame = frame.unionAll(frame);
            }
        });
        refused("parameters, the limit is 20000", "join", () -> {
            List<Integer> many = Collections.nCopies(15_000, 1);
            t.filter(col("a").in(many)).filter(col("c").in(many)).toSql();
        });
    }

    @Test
    void whatIsAllowedFitsASmallStack() throws InterruptedException {
        StringBuilder found = new StringBuilder();
        Thread small = new Thread(
                null,
                () -> {
                    LazyFrame frame = t.select("a");
                    Expr expr = col("a").eq(0);
                    for (int i = 0; i < Expr.MAX_DEPTH - 3; i++) {
                        expr = not(expr);
                    }
                    for (int i = 0; i < LazyFrame.MAX_DEPTH - 3; i++) {
                        frame = i % 2 == 0 ? frame.limit(5) : frame.withColumn("a", col("a").plus(i));
                    }
                    frame = frame.filter(expr);
                    found.append(frame.toSql()).append(frame.toMermaid()).append(expr);
                },
                "small",
                512 << 10);
        small.start();
        small.join();
        assertThat(found).startsWith("WITH \"s1\"").contains("flowchart BT");
    }
}
