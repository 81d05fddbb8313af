package dev.bowyer.client.lazy;

import static dev.bowyer.client.lazy.Expressions.coalesce;
import static dev.bowyer.client.lazy.Expressions.col;
import static dev.bowyer.client.lazy.Expressions.concat;
import static dev.bowyer.client.lazy.Expressions.lit;
import static dev.bowyer.client.lazy.Expressions.not;
import static dev.bowyer.client.lazy.Expressions.nullOf;
import static dev.bowyer.client.lazy.Expressions.when;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Random expressions over numbers, texts, truth and null mean in SQL what they mean in twenty lines of Java. */
class ExpressionPropertyTest {
    private static final long SEED = 6;
    private static final int ROUNDS = 60;
    private static final int EXPRESSIONS_A_ROUND = 20;

    /** A value that may be unknown, twice. */
    private record Twin(Expr sql, Function<Map<String, Object>, @Nullable Object> java) {
        Twin map(Function<Expr, Expr> inSql, Function<Object, Object> inJava) {
            return new Twin(inSql.apply(sql), row -> {
                Object value = java.apply(row);
                return value == null ? null : inJava.apply(value);
            });
        }

        Twin with(Twin other, BiFunction<Expr, Expr, Expr> inSql, BiFunction<Object, Object, Object> inJava) {
            return new Twin(inSql.apply(sql, other.sql), row -> {
                Object a = java.apply(row);
                Object b = other.java.apply(row);
                return a == null || b == null ? null : inJava.apply(a, b);
            });
        }
    }

    private final Random random = new Random(SEED);

    @Test
    void sqlAndJavaAgree() {
        try (DuckDb database = new DuckDb()) {
            database.run("CREATE TABLE p (id BIGINT, a BIGINT, b BIGINT, s VARCHAR, u VARCHAR)");
            List<Map<String, Object>> rows = new ArrayList<>();
            Object[][] domains = {{null, -3L, 0L, 2L}, {null, 1L, 5L}, {null, "", "Ab", "x?y"}, {null, "ab", "Ab'--"}};
            for (Object a : domains[0]) {
                for (Object b : domains[1]) {
                    for (Object s : domains[2]) {
                        for (Object u : domains[3]) {
                            Map<String, Object> row = new java.util.HashMap<>();
                            row.put("a", a);
                            row.put("b", b);
                            row.put("s", s);
                            row.put("u", u);
                            database.run("INSERT INTO p VALUES (" + rows.size() + ", " + a + ", " + b + ", " + quoted(s)
                                    + ", " + quoted(u) + ")");
                            rows.add(row);
                        }
                    }
                }
            }
            for (int round = 0; round < ROUNDS; round++) {
                check(database.frame("p"), database, rows);
            }
        }
    }

    private void check(LazyFrame table, DuckDb database, List<Map<String, Object>> rows) {
        List<Twin> twins = new ArrayList<>();
        List<Expr> columns = new ArrayList<>();
        for (int i = 0; i < EXPRESSIONS_A_ROUND; i++) {
            Twin twin = i % 3 == 0 ? number(4) : i % 3 == 1 ? text(4) : truth(4);
            twins.add(twin);
            columns.add(twin.sql().as("v" + i));
        }
        LazyFrame frame = table.sort("id").select(columns.toArray(Expr[]::new));
        List<List<Object>> found = database.rows(frame);
        assertThat(found).hasSameSizeAs(rows);
        for (int r = 0; r < rows.size(); r++) {
            for (int i = 0; i < twins.size(); i++) {
                Object expected = twins.get(i).java().apply(rows.get(r));
                assertThat(found.get(r).get(i))
                        .as("seed %s, %s for %s", SEED, twins.get(i).sql(), rows.get(r))
                        .isEqualTo(expected == null ? "null" : expected);
            }
        }
        Twin condition = truth(5);
        long kept = rows.stream()
                .filter(row -> Boolean.TRUE.equals(condition.java().apply(row)))
                .count();
        assertThat(database.rows(table.filter(condition.sql())))
                .as("%s", condition.sql())
                .hasSize((int) kept);
    }

    private static String quoted(@Nullable Object text) {
        return text == null ? "NULL" : "'" + text.toString().replace("'", "''") + "'";
    }

    private Twin number(int depth) {
        return switch (random.nextInt(depth == 0 ? 4 : 12)) {
            case 0 -> column("a");
            case 1 -> column("b");
            case 2 -> {
                long value = random.nextLong(7) - 3;
                yield new Twin(lit(value), row -> value);
            }
            case 3 -> random.nextInt(4) == 0 ? new Twin(nullOf(SqlType.BIGINT), row -> null) : column("a");
            case 4 -> number(depth - 1).with(number(depth - 1), Expr::plus, (a, b) -> (long) a + (long) b);
            case 5 -> number(depth - 1).with(number(depth - 1), Expr::minus, (a, b) -> (long) a - (long) b);
            case 6 -> number(depth - 1).with(number(depth - 1), Expr::times, (a, b) -> (long) a * (long) b);
            case 7 -> number(depth - 1).map(e -> e.mod(3), a -> (long) a % 3);
            case 8 -> number(depth - 1).map(e -> e.abs().negated(), a -> -Math.abs((long) a));
            case 9 -> text(depth - 1).map(Expr::length, a -> (long) a.toString().length());
            case 10 -> coalesced(number(depth - 1), number(depth - 1));
            default -> chosen(truth(depth - 1), number(depth - 1), number(depth - 1));
        };
    }

    private Twin text(int depth) {
        return switch (random.nextInt(depth == 0 ? 3 : 8)) {
            case 0 -> column("s");
            case 1 -> column("u");
            case 2 -> {
                String value = List.of("ab", "Ab", "", "?", "'--", "\"", "$1").get(random.nextInt(7));
                yield new Twin(lit(value), row -> value);
            }
            case 3 -> text(depth - 1).map(Expr::lower, a -> a.toString().toLowerCase(Locale.ROOT));
            case 4 -> text(depth - 1).map(Expr::upper, a -> a.toString().toUpperCase(Locale.ROOT));
            case 5 -> {
                Twin left = text(depth - 1);
                Twin right = text(depth - 1);
                yield new Twin(
                        concat(left.sql(), right.sql()),
                        row -> orEmpty(left.java().apply(row))
                                + orEmpty(right.java().apply(row)));
            }
            case 6 -> coalesced(text(depth - 1), text(depth - 1));
            default -> chosen(truth(depth - 1), text(depth - 1), text(depth - 1));
        };
    }

    private Twin truth(int depth) {
        if (depth == 0) {
            return number(0).with(number(0), Expr::lt, (a, b) -> (long) a < (long) b);
        }
        return switch (random.nextInt(11)) {
            case 0 -> number(depth - 1).with(number(depth - 1), Expr::eq, Object::equals);
            case 1 -> number(depth - 1).with(number(depth - 1), Expr::ge, (a, b) -> (long) a >= (long) b);
            case 2 -> text(depth - 1).with(text(depth - 1), Expr::eq, Object::equals);
            case 3 -> text(depth - 1).with(text(depth - 1), Expr::ne, (a, b) -> !a.equals(b));
            case 4 -> {
                Twin operand = random.nextBoolean() ? number(depth - 1) : text(depth - 1);
                boolean negated = random.nextBoolean();
                yield new Twin(
                        negated ? operand.sql().isNotNull() : operand.sql().isNull(),
                        row -> negated == (operand.java().apply(row) != null));
            }
            case 5 -> either(truth(depth - 1), truth(depth - 1), Expr::and, false);
            case 6 -> either(truth(depth - 1), truth(depth - 1), Expr::or, true);
            case 7 -> truth(depth - 1).map(Expressions::not, a -> !(boolean) a);
            case 8 ->
                text(depth - 1)
                        .map(
                                e -> not(e.in("ab", "Ab", "?")),
                                a -> !Arrays.asList("ab", "Ab", "?").contains(a));
            case 9 -> number(depth - 1).map(e -> e.between(-2, 2), a -> (long) a >= -2 && (long) a <= 2);
            default -> truth(depth - 1).with(truth(depth - 1), Expr::eq, Object::equals);
        };
    }

    private static Twin column(String name) {
        return new Twin(col(name), row -> row.get(name));
    }

    private static String orEmpty(@Nullable Object text) {
        return text == null ? "" : text.toString();
    }

    /** AND and OR: one value decides, else the unknown wins. */
    private static Twin either(Twin left, Twin right, BiFunction<Expr, Expr, Expr> sql, boolean deciding) {
        return new Twin(sql.apply(left.sql(), right.sql()), row -> {
            Object a = left.java().apply(row);
            Object b = right.java().apply(row);
            if (Boolean.valueOf(deciding).equals(a) || Boolean.valueOf(deciding).equals(b)) {
                return deciding;
            }
            return a == null || b == null ? null : (Object) !deciding;
        });
    }

    private static Twin coalesced(Twin first, Twin second) {
        return new Twin(coalesce(first.sql(), second.sql()), row -> {
            Object value = first.java().apply(row);
            return value == null ? second.java().apply(row) : value;
        });
    }

    private static Twin chosen(Twin condition, Twin yes, Twin no) {
        return new Twin(
                when(condition.sql()).then(yes.sql()).otherwise(no.sql()),
                row -> Boolean.TRUE.equals(condition.java().apply(row))
                        ? yes.java().apply(row)
                        : no.java().apply(row));
    }
}
