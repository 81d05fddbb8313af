package dev.bowyer.client.lazy;

import static dev.bowyer.client.lazy.Expressions.col;
import static dev.bowyer.client.lazy.Expressions.count;
import static dev.bowyer.client.lazy.Expressions.desc;
import static dev.bowyer.client.lazy.Expressions.lit;
import static dev.bowyer.client.lazy.Expressions.max;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Names and values of the worst kind are names and values. */
class InjectionTest {
    private static final long SEED = 66;
    private static final int ROUNDS = 150;
    private static final List<String> PIECES = List.of(
            "\"",
            "\"\"",
            "'",
            "''",
            "\\",
            "\\\"",
            "--",
            "/*",
            "*/",
            ";",
            "?",
            "$1",
            ":x",
            "{}",
            " ",
            "\n",
            "\t",
            "%",
            "_",
            "`",
            "[",
            "]",
            "#",
            "@",
            ".",
            ",",
            "(",
            ")",
            "=",
            "a",
            "B",
            "\u00e9",
            "e\u0301",
            "\ud83d\ude00",
            "\u202e",
            "\u2028",
            "\ufeff",
            "DROP TABLE x",
            "SELECT",
            "1",
            "0x",
            "E'",
            "U&\"",
            "$$");

    private final Random random = new Random(SEED);
    private final Set<String> used = new HashSet<>();

    private String text() {
        StringBuilder text = new StringBuilder();
        int pieces = 1 + random.nextInt(6);
        for (int i = 0; i < pieces; i++) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }

    /** DuckDB takes names for the same that differ in case. */
    private String name() {
        String name = text();
        return used.add(name.toLowerCase(Locale.ROOT)) ? name : name();
    }

    private static String quoted(String name) {
        return "\"" + String.join("\"\"", name.split("\"", -1)) + "\"";
    }

    @Test
    void whateverTheNamesAndValuesAre() {
        try (DuckDb database = new DuckDb()) {
            for (int round = 0; round < ROUNDS; round++) {
                used.clear();
                check(database);
            }
        }
    }

    private void check(DuckDb database) {
        String table = name();
        String schema = name();
        String x = name();
        String y = name();
        String alias = name();
        String from = quoted(schema) + "." + quoted(table);
        database.run("CREATE SCHEMA " + quoted(schema));
        database.run("CREATE TABLE " + from + " (" + quoted(x) + " VARCHAR, " + quoted(y) + " BIGINT)");
        String value = text();
        String other = value + "!";
        database.rows("INSERT INTO " + from + " VALUES (?, 1), (?, 2), (?, 3) RETURNING 1", value, other, value);

        LazyFrame frame = LazyFrame.of(database.runner, Dialect.DUCKDB, List.of(schema, table));
        assertThat(frame.toSql())
                .isEqualTo(database.frame(quoted(schema) + "." + quoted(table)).toSql());
        LazyFrame found = frame.filter(col(x).eq(value).and(col(x).in(value, "no")))
                .withColumn(alias, lit(value))
                .sort(desc(y))
                .select(alias, y);
        assertThat(database.rows(found)).as(found.toSql()).isEqualTo(List.of(List.of(value, 3L), List.of(value, 1L)));
        assertThat(database.columns(found.statement())).containsExactly(alias, y);

        LazyFrame groups = frame.join(frame, Join.inner(x).suffix(alias))
                .groupBy(col(x))
                .agg(count().as(alias), max(y + alias).as(y))
                .filter(col(x).ne(other))
                .rename(alias, alias + "2");
        assertThat(database.rows(groups)).as(groups.toSql()).isEqualTo(List.of(List.of(value, 4L, 3L)));
        assertThat(database.columns(groups.statement())).containsExactly(x, alias + "2", y);
        assertThat(database.rows(frame.filter(col(x).startsWith(value).and(col(x).contains(other)))
                        .select(y)))
                .isEqualTo(List.of(List.of(2L)));
        LazyFrame like = frame.filter(col(x).like(escaped(value))).agg(count());
        assertThat(database.rows(like)).as(like.toSql()).isEqualTo(List.of(List.of(2L)));
        MermaidTest.checked(groups.toMermaid());
        database.run("DROP SCHEMA " + quoted(schema) + " CASCADE");
    }

    private static String escaped(String text) {
        return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_");
    }

    @Test
    void aNulInAValueIsAValue() {
        try (DuckDb database = new DuckDb()) {
            List<Object> values = new ArrayList<>(
                    database.frame("t").filter(col("a").eq("x\0y")).statement().parameters());
            assertThat(values).containsExactly("x\0y");
        }
    }
}
