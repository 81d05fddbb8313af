package dev.bowyer.client.lazy;

import static dev.bowyer.client.lazy.Expressions.asc;
import static dev.bowyer.client.lazy.Expressions.avg;
import static dev.bowyer.client.lazy.Expressions.col;
import static dev.bowyer.client.lazy.Expressions.count;
import static dev.bowyer.client.lazy.Expressions.countDistinct;
import static dev.bowyer.client.lazy.Expressions.desc;
import static dev.bowyer.client.lazy.Expressions.first;
import static dev.bowyer.client.lazy.Expressions.lag;
import static dev.bowyer.client.lazy.Expressions.last;
import static dev.bowyer.client.lazy.Expressions.lead;
import static dev.bowyer.client.lazy.Expressions.left;
import static dev.bowyer.client.lazy.Expressions.lit;
import static dev.bowyer.client.lazy.Expressions.max;
import static dev.bowyer.client.lazy.Expressions.median;
import static dev.bowyer.client.lazy.Expressions.min;
import static dev.bowyer.client.lazy.Expressions.right;
import static dev.bowyer.client.lazy.Expressions.stddev;
import static dev.bowyer.client.lazy.Expressions.sum;
import static dev.bowyer.client.lazy.Expressions.variance;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every step over small tables, against SQL written by hand. */
class LazyFrameRowsTest {
    private final DuckDb database = new DuckDb();
    private final LazyFrame t = database.frame("t");
    private final LazyFrame z = database.frame("z");

    @BeforeEach
    void tables() {
        database.smallTables();
    }

    @AfterEach
    void close() {
        database.close();
    }

    private void same(LazyFrame frame, String sql) {
        assertThat(database.rows(frame))
                .as(frame.toSql())
                .isEqualTo(database.rows(sql))
                .isNotEmpty();
    }

    @Test
    void aggregates() {
        same(
                t.agg(
                        count(),
                        count("n"),
                        countDistinct("zone"),
                        sum("n"),
                        avg("fare"),
                        min("txt"),
                        max("day"),
                        median("fare")),
                "SELECT count(*), count(n), count(DISTINCT zone), sum(n), avg(fare), min(txt), max(day), median(fare) FROM t");
        same(t.agg(stddev("fare"), variance("fare")), "SELECT stddev_samp(fare), var_samp(fare) FROM t");
        same(
                t.agg(first("id", desc("fare")), last("id", asc(col("n").abs()))),
                "SELECT 5, (SELECT id FROM t ORDER BY abs(n) DESC NULLS FIRST LIMIT 1)");
        same(
                t.groupBy(col("zone"), col("ok").as("yes"))
                        .agg(
                                sum(col("n").times(2)).dividedBy(count()).as("x"),
                                count().where(col("n").gt(1)).as("big"))
                        .sort(asc("zone").nullsFirst(), desc("yes")),
                "SELECT zone, ok, sum(n * 2) / count(*), count(*) FILTER (WHERE n > 1) FROM t GROUP BY zone, ok"
                        + " ORDER BY zone NULLS FIRST, ok DESC NULLS LAST");
        same(
                t.groupBy("zone")
                        .agg(count().as("c"), max("fare").as("fare"))
                        .filter(col("c").gt(1))
                        .sort(desc("fare")),
                "SELECT zone, count(*), max(fare) m FROM t GROUP BY zone HAVING count(*) > 1 ORDER BY m DESC");
        same(
                t.groupBy(col("zone").upper().as("zone"), lit("k").as("k"))
                        .agg(sum("id"))
                        .sort("zone"),
                "SELECT upper(zone) u, 'k', sum(id) FROM t GROUP BY u ORDER BY u NULLS LAST");
        same(t.limit(100).agg(count()).select(col("count").plus(1).as("x")), "SELECT 7");
    }

    @Test
    void windows() {
        Window byZone = Window.partitionBy("zone").orderBy(asc("id"));
        same(
                t.withColumns(
                                sum("id")
                                        .over(byZone.rowsBetween(-1, Window.CURRENT_ROW))
                                        .as("s"),
                                lag("id", 1).over(Window.all().orderBy("id")).as("before"),
                                lead("id", 2).over(Window.all().orderBy("id")).as("after"),
                                Expressions.rowNumber().over(byZone),
                                Expressions.rank().over(Window.all().orderBy("zone")),
                                Expressions.denseRank().over(Window.all().orderBy("zone")),
                                Expressions.percentRank().over(Window.all().orderBy("id")),
                                Expressions.ntile(2).over(Window.all().orderBy("id")),
                                first("id")
                                        .over(byZone.rowsBetween(
                                                Window.UNBOUNDED_PRECEDING, Window.UNBOUNDED_FOLLOWING)))
                        .select(
                                "id",
                                "s",
                                "before",
                                "after",
                                "row_number",
                                "rank",
                                "dense_rank",
                                "percent_rank",
                                "ntile",
                                "first_id")
                        .sort("id"),
                """
                SELECT id, sum(id) OVER (PARTITION BY zone ORDER BY id ROWS BETWEEN 1 PRECEDING AND CURRENT ROW),
                lag(id) OVER (ORDER BY id), lead(id, 2) OVER (ORDER BY id), row_number() OVER (PARTITION BY zone ORDER BY id),
                rank() OVER (ORDER BY zone), dense_rank() OVER (ORDER BY zone), percent_rank() OVER (ORDER BY id),
                ntile(2) OVER (ORDER BY id), min(id) OVER (PARTITION BY zone) FROM t ORDER BY id""");
        same(
                t.withColumn("all", count().over(Window.all()))
                        .limit(2)
                        .withColumn("two", count().over(Window.all()))
                        .select("all", "two"),
                "SELECT 6, 2 UNION ALL SELECT 6, 2");
        same(
                t.withColumn("c", count().over(Window.partitionBy("zone")))
                        .filter(col("id").eq(1))
                        .select("c"),
                "SELECT 2");
    }

    @Test
    void projections() {
        same(t.select("id", "zone").sort("id"), "SELECT id, zone FROM t ORDER BY id");
        same(
                t.withColumn("x", col("id").plus(1))
                        .withColumn("y", col("x").times(2))
                        .withColumn("x", col("y"))
                        .select("x", "y")
                        .sort("x"),
                "SELECT (id + 1) * 2, (id + 1) * 2 FROM t ORDER BY id");
        same(
                t.select(col("id").as("n"), col("n").as("id"))
                        .filter(col("id").gt(1))
                        .sort(desc("n")),
                "SELECT id, n FROM t WHERE n > 1 ORDER BY id DESC");
        same(
                t.rename("id", "key").drop("ts", "day").sort("key").limit(1),
                "SELECT id, zone, fare, n, ok, txt, cents FROM t WHERE id = 1");
        same(t.sort(desc("fare")).select("id"), "SELECT id FROM t ORDER BY fare DESC NULLS LAST");
        same(t.sort(desc("id")).limit(4).filter(col("n").gt(0)).select("id"), "SELECT 5 UNION ALL SELECT 4");
        same(
                t.sort(desc("id"))
                        .withColumn("r", count().over(Window.all()))
                        .filter(col("r").eq(6))
                        .select("id"),
                "SELECT id FROM t ORDER BY id DESC");
        same(
                t.select(col("zone").upper().as("u")).distinct().sort(desc("u").nullsFirst()),
                "SELECT DISTINCT upper(zone) u FROM t ORDER BY u DESC NULLS FIRST");
        same(t.select("zone").distinct().filter(col("zone").ne("a")).sort("zone"), "SELECT 'b' UNION ALL SELECT 'c d'");
        same(t.select("zone").distinct().withColumn("n", lit(1)).agg(sum("n")), "SELECT 4");
        same(
                t.sort(asc(col("n").mod(3).abs()).nullsFirst(), desc("id")).select("id"),
                "SELECT id FROM t ORDER BY abs(n % 3) NULLS FIRST, id DESC");
        same(t.sort("id").limit(5).offset(1).limit(2).select("id"), "SELECT 2 UNION ALL SELECT 3");
        same(t.sort("id").offset(5).select("id"), "SELECT 6");
        assertThat(database.rows(t.limit(0))).isEmpty();
        assertThat(database.rows(t.sort("id").limit(2).offset(3))).isEmpty();
    }

    @Test
    void joins() {
        String pairs =
                "SELECT t.id, t.zone, t.fare, z.name, z.fare FROM t %s JOIN z ON t.zone = z.zone ORDER BY t.id, z.name";
        LazyFrame left = t.select("id", "zone", "fare");
        same(left.join(z, Join.inner("zone")).sort("id", "name"), pairs.formatted("INNER"));
        same(left.join(z, Join.left("zone")).sort("id", "name"), pairs.formatted("LEFT"));
        same(
                left.join(z, Join.right("zone").suffix("_z")).sort("id", "name"),
                pairs.formatted("RIGHT").replace("t.zone, t.fare", "z.zone, t.fare"));
        same(
                left.join(z, Join.full("zone")).sort("id", "name"),
                pairs.formatted("FULL").replace("t.zone, t.fare", "coalesce(t.zone, z.zone), t.fare"));
        same(
                left.join(z, Join.semi("zone")).sort("id").select("id"),
                "SELECT id FROM t WHERE zone IN ('a', 'b') ORDER BY id");
        same(left.join(z, Join.anti("zone")).sort("id").select("id"), "SELECT 4 UNION ALL SELECT 6");
        same(left.join(z, Join.cross()).agg(count(), count("fare_right")), "SELECT 18, 18");
        same(
                left.join(
                                z.filter(col("fare").lt(3)),
                                Join.inner()
                                        .on(left("fare")
                                                .gt(right("fare").times(12))
                                                .and(right("name").ne("x"))))
                        .filter(col("fare_right").ge(1))
                        .select("id", "zone_right")
                        .sort("id", "zone_right"),
                "SELECT id, z.zone FROM t JOIN z ON t.fare > z.fare * 12 AND z.fare < 3 ORDER BY id, z.zone");
        LazyFrame top = t.groupBy("zone").agg(max("fare").as("top"));
        LazyFrame twice = top.join(top, Join.inner().on(left("top").lt(right("top"))));
        assertThat(twice.toSql().split("max\\(", -1))
                .as("one frame is computed once")
                .hasSize(2);
        same(twice.agg(count()), "SELECT 3");
        same(
                t.join(z, Join.inner("zone"))
                        .join(z, Join.left("zone").suffix("_2"))
                        .agg(count(), count("fare_2")),
                "SELECT 4, 4");
    }

    @Test
    void tablesAndColumnsThatAreNamedAsAliasesAre() {
        database.run("CREATE TABLE l (id BIGINT, r VARCHAR, l VARCHAR)");
        database.run("CREATE TABLE r (id BIGINT, r VARCHAR, l VARCHAR)");
        database.run("INSERT INTO l VALUES (1, 'lr', 'll'), (2, 'x', 'y')");
        database.run("INSERT INTO r VALUES (1, 'rr', 'rl')");
        LazyFrame l = database.frame("l");
        LazyFrame r = database.frame("r");
        same(r.join(l, Join.inner("id")), "SELECT 1, 'rr', 'rl', 'lr', 'll'");
        same(l.join(r, Join.inner("id").suffix("2")), "SELECT 1, 'lr', 'll', 'rr', 'rl'");
        same(l.join(r, Join.semi("id")).select("l", "r"), "SELECT 'll', 'lr'");
        same(r.limit(1).join(l, Join.anti().on(left("r").eq(right("r")))).select("l", "r"), "SELECT 'rl', 'rr'");
    }

    @Test
    void unions() {
        LazyFrame zones = z.select("zone", "name");
        LazyFrame turned = z.select("name", "zone").filter(col("zone").eq("a"));
        same(
                zones.unionAll(turned).sort("name"),
                "SELECT * FROM (VALUES ('a', 'Alpha'), ('a', 'Alpha'), ('b', 'Beta'), ('z', 'Zeta'))");
        same(zones.union(turned).sort("name"), "SELECT zone, name FROM z ORDER BY name");
        same(
                zones.sort(desc("name"))
                        .limit(1)
                        .unionAll(zones.sort("name").limit(1))
                        .unionAll(zones.limit(0))
                        .sort("name"),
                "SELECT 'a', 'Alpha' UNION ALL SELECT 'z', 'Zeta'");
        same(zones.union(turned).unionAll(zones).agg(count()), "SELECT 6");
    }

    /** As deep as DuckDB can; deeper ones are compiled in {@link LazyFrameBadUseTest}. */
    @Test
    void longChains() {
        LazyFrame many = t;
        for (int i = 0; i < 100; i++) {
            many = i % 2 == 0 ? many.filter(col("id").gt(-i)) : many.limit(1000 - i);
        }
        assertThat(many.count()).isEqualTo(6);
    }

    @Test
    void whatIsAskedOfTheServer() {
        LazyFrame frame = t.filter(col("id").eq(1));
        assertThat(frame.count()).isEqualTo(1);
        assertThat(frame.schema().getFields()).hasSize(9);
        assertThat(frame.explain()).contains("id");
        assertThat(frame.explainMermaid()).startsWith("flowchart BT\n    n1[\"");
        frame.cancel();
        assertThat(database.cancelled).as("one query, however often it ran").isEqualTo(1);
        t.cancel();
        assertThat(database.cancelled).isEqualTo(1);
    }

    @Test
    void cancelEndsTheQuestionForColumnsToo() {
        LazyFrame frame = t.drop("id");
        database.onSchema = frame::cancel;
        assertThat(frame.toSql()).contains("SELECT");
        assertThat(database.cancelled).isEqualTo(1);
        frame.cancel();
        assertThat(database.cancelled).as("it is no longer under way").isEqualTo(1);
    }

    @Test
    void statementsDoNotChangeAndDoNotTell() {
        byte[] secret = {1, 2};
        LazyFrame frame = t.select(lit(secret).as("x"), lit("hunter2").as("y"));
        Statement statement = frame.statement();
        assertThat(statement).isEqualTo(frame.statement()).hasSameHashCodeAs(frame.statement());
        assertThat(statement)
                .isNotEqualTo(
                        t.select(lit(secret).as("x"), lit("other").as("y")).statement());
        ((byte[]) statement.parameters().get(0))[0] = 9;
        byte[] mine = {3};
        Statement own = new Statement("?", List.of(mine));
        mine[0] = 4;
        assertThat(statement.parameters().get(0)).isEqualTo(new byte[] {1, 2});
        assertThat(own.parameters().get(0)).isEqualTo(new byte[] {3});
        assertThat(statement.toString()).contains("parameters: 2").doesNotContain("hunter2");
        frame.count();
        frame.count();
        frame.cancel();
        assertThat(database.cancelled)
                .as("one query, as its statement is the same")
                .isEqualTo(1);
    }
}
