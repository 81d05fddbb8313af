package dev.bowyer.client.lazy;

import static dev.bowyer.client.lazy.Expressions.coalesce;
import static dev.bowyer.client.lazy.Expressions.col;
import static dev.bowyer.client.lazy.Expressions.concat;
import static dev.bowyer.client.lazy.Expressions.greatest;
import static dev.bowyer.client.lazy.Expressions.least;
import static dev.bowyer.client.lazy.Expressions.lit;
import static dev.bowyer.client.lazy.Expressions.not;
import static dev.bowyer.client.lazy.Expressions.nullOf;
import static dev.bowyer.client.lazy.Expressions.sum;
import static dev.bowyer.client.lazy.Expressions.when;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every expression over a small table, against values counted by hand. */
class ExpressionsTest {
    private final DuckDb database = new DuckDb();
    private final LazyFrame t = database.frame("t");

    @BeforeEach
    void tables() {
        database.smallTables();
    }

    @AfterEach
    void close() {
        database.close();
    }

    /** The value of an expression for each row, by id. */
    private void values(Expr expr, Object... expected) {
        LazyFrame frame = t.sort("id").select(expr.as("v"));
        List<Object> found = new ArrayList<>();
        database.rows(frame).forEach(row -> found.add(row.get(0)));
        assertThat(found).as(frame.toSql()).containsExactly(expected);
    }

    @Test
    void comparisons() {
        values(col("n").eq(2), false, true, "null", false, false, false);
        values(col("n").ne(2), true, false, "null", true, true, true);
        values(col("n").lt(2), true, false, "null", false, false, true);
        values(col("n").le(2.5), true, true, "null", false, false, true);
        values(col("n").gt(col("id")), false, false, "null", false, false, false);
        values(col("n").ge(5_000_000_000L), false, false, "null", false, false, false);
        values(col("zone").eq("a"), true, false, true, "null", false, false);
        values(col("day").eq("2024-01-02"), true, false, false, false, false, false);
        values(
                col("day").between(LocalDate.of(2024, 2, 1), LocalDate.of(2024, 3, 2)),
                false,
                true,
                true,
                false,
                false,
                false);
        values(col("zone").between("a", "b"), true, true, true, "null", true, false);
        values(col("zone").in("a", "x"), true, false, true, "null", false, false);
        values(col("n").in(1, 2.0, lit(3).plus(1)), true, true, "null", true, false, false);
        values(col("n").in(List.of()), false, false, false, false, false, false);
        values(not(col("zone").in("a", "x")), false, true, false, "null", true, true);
        values(col("n").isNull(), false, false, true, false, false, false);
        values(col("n").isNotNull().eq(true), true, true, false, true, true, true);
        values(col("cents").gt(new BigDecimal("1.25")), false, "null", true, true, false, false);
    }

    @Test
    void logic() {
        values(col("ok").and(col("n").gt(0)), true, false, "null", true, false, false);
        values(col("ok").or(col("n").gt(0)), true, true, "null", true, true, true);
        values(not(col("ok")), false, true, "null", false, true, false);
        values(not(not(col("ok").eq(true))), true, false, "null", true, false, true);
    }

    @Test
    void arithmetic() {
        values(col("n").plus(1).times(col("n").minus(1)), 0L, 3L, "null", 15L, 24L, 35L);
        values(col("n").minus(col("n").minus(1)), 1L, 1L, "null", 1L, 1L, 1L);
        values(col("fare").dividedBy(2), 5.25, 10.0, 15.125, "null", 25.0, 10.5);
        values(col("n").mod(4), 1L, 2L, "null", 0L, 1L, -2L);
        values(col("n").negated().negated(), 1L, 2L, "null", 4L, 5L, -6L);
        values(lit(0).minus(col("n").negated()), 1L, 2L, "null", 4L, 5L, -6L);
        values(col("n").abs(), 1L, 2L, "null", 4L, 5L, 6L);
        values(col("fare").floor(), 10.0, 20.0, 30.0, "null", 50.0, 21.0);
        values(col("fare").ceil(), 11.0, 20.0, 31.0, "null", 50.0, 21.0);
        values(col("fare").round(), 11.0, 20.0, 30.0, "null", 50.0, 21.0);
        values(col("fare").round(-1), 10.0, 20.0, 30.0, "null", 50.0, 20.0);
        values(col("id").times(col("id")).sqrt(), 1.0, 2.0, 3.0, 4.0, 5.0, 6.0);
        values(greatest(col("n"), 2), 2L, 2L, 2L, 4L, 5L, 2L);
        values(least(col("n"), 2), 1L, 2L, 2L, 2L, 2L, -6L);
        values(col("n").nullIf(2), 1L, "null", "null", 4L, 5L, -6L);
        values(coalesce(col("n"), 9), 1L, 2L, 9L, 4L, 5L, -6L);
    }

    @Test
    void texts() {
        values(col("txt").upper(), "HELLO WORLD 12", "X=7;Y=8", "null", " TRIM ME ", "A%B_C", "A\\B");
        values(col("txt").lower(), "hello world 12", "x=7;y=8", "null", " trim me ", "a%b_c", "a\\b");
        values(col("txt").trim().length(), 14L, 7L, "null", 7L, 5L, 3L);
        values(col("txt").substring(2), "ello World 12", "=7;y=8", "null", "trim me ", "%b_c", "\\b");
        values(col("txt").substring(2, 3), "ell", "=7;", "null", "tri", "%b_", "\\b");
        values(col("txt").like("%a\\%b\\_c"), false, false, "null", false, true, false);
        values(col("txt").like("a\\\\_"), false, false, "null", false, false, true);
        values(col("txt").like("_ello%"), true, false, "null", false, false, false);
        values(col("txt").startsWith("a"), false, false, "null", false, true, true);
        values(col("txt").endsWith("8"), false, true, "null", false, false, false);
        values(col("txt").contains(" "), true, false, "null", true, false, false);
        values(col("txt").replace("l", ""), "Heo Word 12", "x=7;y=8", "null", " trim me ", "a%b_c", "a\\b");
        values(concat(col("zone"), "-", col("id")), "a-1", "b-2", "a-3", "-4", "b-5", "c d-6");
        values(col("txt").regexMatches("[0-9]+$"), true, true, "null", false, false, false);
        values(col("txt").regexExtract("([a-z])=([0-9])", 2), "null", "7", "null", "null", "null", "null");
        values(col("txt").regexExtract("=[0-9]", 0), "null", "=7", "null", "null", "null", "null");
    }

    @Test
    void datesAndTypes() {
        values(
                col("ts").dateTrunc(DateUnit.MONTH).eq(col("day").dateTrunc(DateUnit.MONTH)),
                true,
                true,
                true,
                true,
                true,
                true);
        values(col("ts").extract(DateUnit.MONTH), 1L, 2L, 3L, 4L, 5L, 6L);
        values(col("day").extract(DateUnit.QUARTER), 1L, 1L, 1L, 2L, 2L, 2L);
        values(col("ts").ge(LocalDateTime.of(2024, 5, 5, 5, 30, 15)), false, false, false, false, true, true);
        values(col("ts").cast(SqlType.DATE).eq(LocalDate.of(2024, 1, 1)), true, false, false, false, false, false);
        values(col("n").cast(SqlType.VARCHAR), "1", "2", "null", "4", "5", "-6");
        values(col("zone").tryCast(SqlType.BIGINT).isNull(), true, true, true, true, true, true);
        values(col("cents").cast(SqlType.decimal(5, 1)), 1.3, "null", 3.5, 4.0, -1.1, 0.0);
        values(
                when(col("n").isNull())
                        .then("none")
                        .when(col("n").lt(2))
                        .then("few")
                        .otherwise("many"),
                "few",
                "many",
                "none",
                "many",
                "many",
                "few");
        values(when(col("ok")).then(1).otherwise(null), 1L, "null", "null", 1L, "null", 1L);
    }

    @Test
    void everyJavaValueKeepsItsValue() {
        LazyFrame one = t.limit(1);
        Map<Object, Object> expected = new java.util.LinkedHashMap<>();
        expected.put("it's \"q\" \\ ? $1 \u00fc \ud83d\ude00", "it's \"q\" \\ ? $1 \u00fc \ud83d\ude00");
        expected.put('x', "x");
        expected.put((byte) -1, -1L);
        expected.put((short) 2, 2L);
        expected.put(3, 3L);
        expected.put(Long.MIN_VALUE, Long.MIN_VALUE);
        expected.put(1.5f, 1.5);
        expected.put(-2.5, -2.5);
        expected.put(BigInteger.TEN, 10.0);
        expected.put(new BigDecimal("1E+3"), 1000.0);
        expected.put(new BigDecimal("0.001"), 0.001);
        expected.put(true, true);
        expected.put(LocalDate.of(2024, 2, 29), "2024-02-29");
        expected.put(LocalTime.of(1, 2, 3), "01:02:03");
        expected.put(LocalDateTime.of(2024, 2, 29, 1, 2, 3), "2024-02-29 01:02:03.0");
        expected.put(Instant.parse("2024-02-29T01:02:03Z"), "2024-02-29T01:02:03Z");
        expected.put(Instant.parse("2024-02-29T01:02:03Z").atOffset(ZoneOffset.ofHours(5)), "2024-02-29T01:02:03Z");
        expected.put(new UUID(1, 2), "00000000-0000-0001-0000-000000000002");
        expected.forEach(
                (value, plain) -> assertThat(database.rows(one.select(lit(value).as("v"))))
                        .as(value.getClass().getName())
                        .isEqualTo(List.of(List.of(plain))));
        assertThat(database.rows(
                        one.select(lit(null).as("a"), nullOf(SqlType.DATE).as("b"))))
                .isEqualTo(List.of(List.of("null", "null")));
        byte[] bytes = {1, 0, -1};
        Expr literal = lit(bytes);
        bytes[0] = 9;
        assertThat(database.rows(
                        one.select(literal.eq(lit(new byte[] {1, 0, -1})).as("v"))))
                .as("later changes do not count")
                .isEqualTo(List.of(List.of(true)));
    }

    /** As deep as DuckDB can; deeper ones are compiled in {@link LazyFrameBadUseTest}. */
    @Test
    void aLongSum() {
        Expr sum = col("id");
        for (int i = 0; i < 100; i++) {
            sum = sum.plus(1);
        }
        values(sum, 101L, 102L, 103L, 104L, 105L, 106L);
    }
}
