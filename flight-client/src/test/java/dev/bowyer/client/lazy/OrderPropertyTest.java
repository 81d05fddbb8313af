package dev.bowyer.client.lazy;

import static dev.bowyer.client.lazy.Expressions.asc;
import static dev.bowyer.client.lazy.Expressions.col;
import static dev.bowyer.client.lazy.Expressions.count;
import static dev.bowyer.client.lazy.Expressions.desc;
import static dev.bowyer.client.lazy.Expressions.rowNumber;
import static dev.bowyer.client.lazy.Expressions.sum;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Random steps with sorts and limits give the rows that a list gives to which the same is done, one by one. */
class OrderPropertyTest {
    private static final long SEED = 8;
    private static final int PIPELINES = 1500;
    private static final int MOST_STEPS = 9;
    /** Some are names that statements also use for themselves. */
    private static final List<String> NAMES = List.of("a", "b", "c", "order_1", "order_2", "s1", "l");

    private final DuckDb database = new DuckDb();
    private final Random random = new Random(SEED);
    private final List<Map<String, Long>> table = new ArrayList<>();

    private LazyFrame frame = database.frame("t");
    private List<String> names = List.of();
    private List<Map<String, Long>> rows = List.of();
    private boolean ordered;

    @BeforeEach
    void fill() {
        database.run("CREATE TABLE t (a BIGINT, b BIGINT, c BIGINT, order_1 BIGINT)");
        for (long i = 0; i < 12; i++) {
            Map<String, Long> row = new LinkedHashMap<>();
            row.put("a", i % 4);
            row.put("b", i * 7 % 12);
            row.put("c", i % 3 - 1);
            row.put("order_1", i * 5 % 12);
            table.add(row);
            database.run("INSERT INTO t VALUES "
                    + row.values().toString().replace('[', '(').replace(']', ')'));
        }
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void stepsDoWhatTheyDoToAList() {
        int sliced = 0;
        for (int i = 0; i < PIPELINES; i++) {
            frame = database.frame("t");
            names = List.copyOf(table.get(0).keySet());
            rows = table;
            ordered = false;
            int steps = 2 + random.nextInt(MOST_STEPS - 1);
            for (int step = 0; step < steps; step++) {
                step();
            }
            sliced += frame.toMermaid().contains("limit") ? 1 : 0;
            List<List<Object>> expected = new ArrayList<>();
            rows.forEach(row -> expected.add(new ArrayList<>(row.values())));
            List<List<Object>> found = database.rows(frame);
            if (ordered) {
                assertThat(found).as(frame.toMermaid() + frame.toSql()).isEqualTo(expected);
            } else {
                assertThat(found).as(frame.toMermaid() + frame.toSql()).containsExactlyInAnyOrderElementsOf(expected);
            }
        }
        assertThat(sliced).as("pipelines with a limit").isGreaterThan(PIPELINES / 4);
    }

    private void step() {
        switch (random.nextInt(14)) {
            case 0, 1, 2 -> sort();
            case 3, 4 -> slice();
            case 5, 6 -> withColumn();
            case 7, 8 -> select();
            case 9 -> rename();
            case 10 -> drop();
            case 11 -> filter();
            case 12 -> window();
            default -> withoutOrder();
        }
    }

    private String name() {
        return names.get(random.nextInt(names.size()));
    }

    private String anyName() {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    /** By columns enough for no two rows to be equal but those that are the same. */
    private void sort() {
        List<String> by = new ArrayList<>(names);
        Collections.shuffle(by, random);
        List<SortKey> keys = new ArrayList<>();
        Comparator<Map<String, Long>> order = Comparator.comparing(Map::size); // the same for all
        for (int i = 0; i < by.size() && (i == 0 || ties(order)); i++) {
            String name = by.get(i);
            boolean down = random.nextBoolean();
            boolean computed = random.nextInt(4) == 0;
            Expr key = computed ? col(name).times(-1) : col(name);
            keys.add(down ? desc(key) : asc(key));
            Comparator<Map<String, Long>> next = Comparator.comparing(row -> value(row, name));
            order = order.thenComparing(down == computed ? next : next.reversed());
        }
        frame = frame.sort(keys.toArray(SortKey[]::new));
        rows = new ArrayList<>(rows);
        rows.sort(order);
        ordered = true;
    }

    private boolean ties(Comparator<Map<String, Long>> order) {
        for (Map<String, Long> one : rows) {
            for (Map<String, Long> other : rows) {
                if (!one.equals(other) && order.compare(one, other) == 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private static long value(Map<String, Long> row, String name) {
        Long value = row.get(name);
        if (value == null) {
            throw new IllegalStateException(name + " of " + row);
        }
        return value;
    }

    private void slice() {
        if (!ordered) {
            sort();
        }
        if (random.nextInt(3) == 0) {
            frame = frame.offset(1);
            rows = rows.subList(Math.min(1, rows.size()), rows.size());
        } else {
            int most = 2 + random.nextInt(8);
            frame = frame.limit(most);
            rows = rows.subList(0, Math.min(most, rows.size()));
        }
    }

    private void map(List<String> next, Function<Map<String, Long>, Map<String, Long>> change) {
        names = List.copyOf(next);
        List<Map<String, Long>> changed = new ArrayList<>();
        for (Map<String, Long> row : rows) {
            Map<String, Long> values = change.apply(row);
            Map<String, Long> inOrder = new LinkedHashMap<>();
            names.forEach(name -> inOrder.put(name, value(values, name)));
            changed.add(inOrder);
        }
        rows = changed;
    }

    private void with(String name, Function<Map<String, Long>, Long> value) {
        LinkedHashSet<String> next = new LinkedHashSet<>(names);
        next.add(name);
        map(List.copyOf(next), row -> {
            Map<String, Long> copy = new LinkedHashMap<>(row);
            copy.put(name, value.apply(row));
            return copy;
        });
    }

    private void withColumn() {
        String of = name();
        String to = anyName();
        long factor = random.nextBoolean() ? -1 : 1;
        frame = frame.withColumn(to, col(of).times(factor).plus(1));
        with(to, row -> value(row, of) * factor + 1);
    }

    private void select() {
        Map<String, String> sources = new LinkedHashMap<>();
        int wanted = 1 + random.nextInt(3);
        for (int i = 0; i < wanted; i++) {
            String of = name();
            sources.put(random.nextBoolean() ? of : anyName(), of);
        }
        boolean negative = random.nextInt(3) == 0;
        List<Expr> items = new ArrayList<>();
        sources.forEach((to, of) -> items.add((negative ? col(of).times(-1) : col(of)).as(to)));
        frame = frame.select(items.toArray(Expr[]::new));
        map(List.copyOf(sources.keySet()), row -> {
            Map<String, Long> next = new LinkedHashMap<>();
            sources.forEach((to, of) -> next.put(to, negative ? -value(row, of) : value(row, of)));
            return next;
        });
    }

    /** Two columns change names, or one gets another. */
    private void rename() {
        String one = name();
        String other = anyName();
        if (one.equals(other)) {
            return;
        }
        Map<String, String> change = names.contains(other) ? Map.of(one, other, other, one) : Map.of(one, other);
        frame = frame.rename(change);
        map(names.stream().map(name -> change.getOrDefault(name, name)).toList(), row -> {
            Map<String, Long> next = new LinkedHashMap<>();
            row.forEach((name, value) -> next.put(change.getOrDefault(name, name), value));
            return next;
        });
    }

    private void drop() {
        if (names.size() > 1) {
            String name = name();
            frame = frame.drop(name);
            map(names.stream().filter(other -> !other.equals(name)).toList(), row -> row);
        }
    }

    private void filter() {
        String name = name();
        frame = frame.filter(col(name).lt(6));
        rows = rows.stream().filter(row -> value(row, name) < 6).toList();
    }

    private void window() {
        String by = name();
        String to = anyName();
        List<Map<String, Long>> before = rows;
        if (random.nextBoolean()) {
            frame = frame.withColumn(to, count().over(Window.partitionBy(by)));
            with(
                    to,
                    row -> before.stream()
                            .filter(other -> value(other, by) == value(row, by))
                            .count());
        } else {
            frame = frame.withColumn(to, Expressions.rank().over(Window.all().orderBy(by)));
            with(
                    to,
                    row -> 1
                            + before.stream()
                                    .filter(other -> value(other, by) < value(row, by))
                                    .count());
        }
    }

    private void withoutOrder() {
        ordered = false;
        switch (random.nextInt(3)) {
            case 0 -> {
                frame = frame.distinct();
                rows = List.copyOf(new LinkedHashSet<>(rows));
            }
            case 1 -> {
                frame = frame.unionAll(frame);
                List<Map<String, Long>> twice = new ArrayList<>(rows);
                twice.addAll(rows);
                rows = twice;
            }
            default -> group();
        }
    }

    private void group() {
        String key = name();
        String of = name();
        String to = key.equals("c") ? "a" : "c";
        frame = frame.groupBy(key).agg(sum(of).as(to));
        Map<Long, Long> sums = new TreeMap<>();
        rows.forEach(row -> sums.merge(value(row, key), value(row, of), Long::sum));
        names = List.of(key, to);
        List<Map<String, Long>> grouped = new ArrayList<>();
        sums.forEach((group, total) -> {
            Map<String, Long> row = new LinkedHashMap<>();
            row.put(key, group);
            row.put(to, total);
            grouped.add(row);
        });
        rows = grouped;
    }

    @Test
    void whatIsSortedByStaysWhenItsColumnDoesNot() {
        LazyFrame t = database.frame("t");
        assertThat(database.rows(
                        t.sort("b").withColumn("b", col("b").times(-1)).limit(2).select("b")))
                .isEqualTo(List.of(List.of(0L), List.of(-1L)));
        assertThat(database.rows(t.sort(desc("b"))
                        .select(col("b").minus(5).as("a"))
                        .limit(3)
                        .filter(col("a").lt(6))))
                .isEqualTo(List.of(List.of(5L), List.of(4L)));
        assertThat(database.rows(t.groupBy("a")
                        .agg(sum("b").as("n"))
                        .sort("n")
                        .withColumn("n", col("n").times(-1))
                        .limit(1)))
                .isEqualTo(database.rows("SELECT a, -sum(b) FROM t GROUP BY a ORDER BY sum(b) LIMIT 1"));
        assertThat(database.rows(t.withColumn("r", rowNumber().over(Window.all().orderBy(desc("b"))))
                        .sort("r")
                        .withColumn("r", col("b"))
                        .limit(1)
                        .select("r")))
                .isEqualTo(List.of(List.of(11L)));
    }
}
