package dev.bowyer.client.lazy;

import static dev.bowyer.client.lazy.Expressions.asc;
import static dev.bowyer.client.lazy.Expressions.avg;
import static dev.bowyer.client.lazy.Expressions.coalesce;
import static dev.bowyer.client.lazy.Expressions.col;
import static dev.bowyer.client.lazy.Expressions.count;
import static dev.bowyer.client.lazy.Expressions.desc;
import static dev.bowyer.client.lazy.Expressions.left;
import static dev.bowyer.client.lazy.Expressions.lit;
import static dev.bowyer.client.lazy.Expressions.right;
import static dev.bowyer.client.lazy.Expressions.rowNumber;
import static dev.bowyer.client.lazy.Expressions.sum;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What people read; that it is right is {@link LazyFrameRowsTest}'s to say. */
class LazyFrameSqlTest {
    private final DuckDb database = new DuckDb();
    private LazyFrame trips = database.frame("trips");

    @BeforeEach
    void tables() {
        database.run("CREATE TABLE trips (id BIGINT, zone VARCHAR, fare DOUBLE)");
        database.run("CREATE TABLE zones (zone VARCHAR, name VARCHAR, fare DOUBLE)");
        trips = LazyFrame.of(database.runner, "trips");
    }

    @AfterEach
    void close() {
        database.close();
    }

    private LazyFrame zones() {
        return LazyFrame.of(database.runner, "zones");
    }

    /** The text, which DuckDB also has to understand. */
    private String sql(LazyFrame frame) {
        assertThat(database.columns(frame.statement())).isNotEmpty();
        return frame.toSql();
    }

    @Test
    void oneSelectHoldsAllStepsThatFit() {
        LazyFrame frame = trips.filter(col("fare").gt(20))
                .filter(col("zone").ne("airport"))
                .groupBy("zone")
                .agg(count().as("n"), avg("fare"))
                .sort(desc("n"))
                .limit(10);
        assertThat(sql(frame)).isEqualTo("""
                        SELECT "zone", count(*) AS "n", avg("fare") AS "avg_fare"
                        FROM "trips"
                        WHERE "fare" > CAST(? AS BIGINT) AND "zone" <> ?
                        GROUP BY "zone"
                        ORDER BY "n" DESC NULLS LAST
                        LIMIT 10""");
        assertThat(frame.statement().parameters()).containsExactly(20L, "airport");
        assertThat(database.asked).as("nothing is asked that need not be").isEmpty();
    }

    @Test
    void aPlainTable() {
        assertThat(sql(trips)).isEqualTo("SELECT *\nFROM \"trips\"");
    }

    @Test
    void aFilterBehindGroups() {
        assertThat(sql(trips.groupBy("zone").agg(count().as("n")).filter(col("n").ge(2))))
                .isEqualTo("""
                        WITH "s1" AS (
                        SELECT "zone", count(*) AS "n"
                        FROM "trips"
                        GROUP BY "zone"
                        )
                        SELECT *
                        FROM "s1"
                        WHERE "n" >= CAST(? AS BIGINT)""");
    }

    @Test
    void aComputedKeyIsNamedByItsPlace() {
        assertThat(sql(trips.groupBy(col("zone").upper().as("z")).agg(sum("fare"))))
                .isEqualTo("""
                        SELECT upper("zone") AS "z", sum("fare") AS "sum_fare"
                        FROM "trips"
                        GROUP BY 1""");
    }

    @Test
    void aNewColumn() {
        assertThat(sql(trips.withColumn("tip", col("fare").times(0.1))
                        .filter(col("id").eq(3))))
                .isEqualTo("""
                        SELECT *, "fare" * CAST(? AS DOUBLE) AS "tip"
                        FROM "trips"
                        WHERE "id" = CAST(? AS BIGINT)""");
    }

    @Test
    void aColumnInPlaceOfAnother() {
        assertThat(sql(trips.withColumn("fare", col("fare").round(1)).sort("fare")))
                .isEqualTo("""
                        SELECT "id", "zone", round("fare", 1) AS "fare"
                        FROM "trips"
                        ORDER BY "fare" ASC NULLS LAST""");
    }

    @Test
    void aWindowBehindAFilterOfItsResult() {
        Window byZone = Window.partitionBy("zone").orderBy(desc("fare"));
        assertThat(sql(trips.withColumn("n", rowNumber().over(byZone)).filter(col("n").eq(1))))
                .isEqualTo("""
                        WITH "s1" AS (
                        SELECT *, CAST(row_number() OVER (PARTITION BY "zone" ORDER BY "fare" DESC NULLS LAST) AS BIGINT) AS "n"
                        FROM "trips"
                        )
                        SELECT *
                        FROM "s1"
                        WHERE "n" = CAST(? AS BIGINT)""");
    }

    @Test
    void joins() {
        assertThat(sql(trips.join(zones(), Join.left("zone")))).isEqualTo("""
                        SELECT "l"."id" AS "id", "l"."zone" AS "zone", "l"."fare" AS "fare", "r"."name" AS "name", \
                        "r"."fare" AS "fare_right"
                        FROM "trips" AS "l"
                        LEFT JOIN "zones" AS "r" ON "l"."zone" = "r"."zone\"""");
        assertThat(sql(trips.join(
                        zones(),
                        Join.anti()
                                .on(left("zone")
                                        .eq(right("zone"))
                                        .and(right("fare").gt(1))))))
                .isEqualTo("""
                        WITH "s1" AS (
                        SELECT *
                        FROM "trips" AS "l"
                        WHERE NOT EXISTS (SELECT 1 FROM "zones" AS "r" WHERE "l"."zone" = "r"."zone" AND \
                        "r"."fare" > CAST(? AS BIGINT))
                        )
                        SELECT *
                        FROM "s1\"""");
    }

    @Test
    void unions() {
        LazyFrame top = trips.sort(desc("fare")).limit(3).select("id");
        assertThat(sql(top.unionAll(trips.select("id")).distinct())).isEqualTo("""
                        WITH "s1" AS (
                        SELECT "id"
                        FROM "trips"
                        ORDER BY "fare" DESC NULLS LAST
                        LIMIT 3
                        ),
                        "s2" AS (
                        SELECT *
                        FROM "s1"
                        UNION ALL
                        SELECT "id"
                        FROM "trips"
                        )
                        SELECT DISTINCT *
                        FROM "s2\"""");
    }

    @Test
    void bracketsOnlyWhereNeeded() {
        Expr expr = col("id")
                .plus(1)
                .times(2)
                .minus(col("id").minus(3))
                .gt(0)
                .or(col("id").isNull().and(col("fare").lt(1)));
        assertThat(sql(trips.filter(expr).select("id"))).isEqualTo("""
                        SELECT "id"
                        FROM "trips"
                        WHERE (("id" + CAST(? AS BIGINT)) * CAST(? AS BIGINT) - ("id" - CAST(? AS BIGINT)) > CAST(? AS BIGINT) \
                        OR "id" IS NULL AND "fare" < CAST(? AS BIGINT))""");
    }

    @Test
    void renamesAndDrops() {
        assertThat(sql(trips.rename(Map.of("id", "zone", "zone", "id")).drop("fare")))
                .isEqualTo("SELECT \"id\" AS \"zone\", \"zone\" AS \"id\"\nFROM \"trips\"");
        assertThat(database.asked).extracting(Statement::sql).containsOnly("SELECT * FROM \"trips\" LIMIT 0");
    }

    @Test
    void limitsAddUp() {
        assertThat(sql(trips.sort("id").offset(2).limit(10).offset(3).limit(20)))
                .isEqualTo("SELECT *\nFROM \"trips\"\nORDER BY \"id\" ASC NULLS LAST\nLIMIT 7\nOFFSET 5");
    }

    @Test
    void qualifiedTablesAndViewsThatDoNotHideTables() {
        assertThat(LazyFrame.of(database.runner, "sales.\"or.ders\".\"a\"\"b\"").toSql())
                .isEqualTo("SELECT *\nFROM \"sales\".\"or.ders\".\"a\"\"b\"");
        database.run("CREATE TABLE S1 (id BIGINT)");
        LazyFrame table =
                LazyFrame.of(database.runner, "S1").limit(1).filter(col("id").eq(1));
        assertThat(sql(table)).startsWith("WITH \"s2\" AS (");
    }

    /** DataFusion takes a TIMESTAMP WITH TIME ZONE for a local time. */
    @Test
    void momentsKeepTheirZone() {
        Instant moment = Instant.parse("2024-01-02T03:04:05Z");
        assertThat(trips.select(coalesce(col("at"), moment).as("x"), col("at").tryCast(SqlType.TIMESTAMP_TZ))
                        .filter(col("at").ge(moment))
                        .toSql())
                .isEqualTo("""
                        WITH "s1" AS (
                        SELECT coalesce("at", arrow_cast(CAST(? AS TIMESTAMP(6)), 'Timestamp(Microsecond, Some("UTC"))')) AS "x", \
                        arrow_try_cast("at", 'Timestamp(Microsecond, Some("UTC"))') AS "at"
                        FROM "trips"
                        )
                        SELECT *
                        FROM "s1"
                        WHERE "at" >= ?""");
        assertThat(trips.select(lit(moment.plusNanos(1)).as("x")).toSql())
                .contains("CAST(? AS TIMESTAMP(9)), 'Timestamp(Nano");
        assertThat(trips.select(lit(LocalDateTime.of(2024, 1, 1, 0, 0, 0, 1)).as("x"))
                        .toSql())
                .contains("CAST(? AS TIMESTAMP(9)) AS");
        assertThat(database.frame("trips").select(lit(moment).as("x")).toSql())
                .contains("CAST(? AS TIMESTAMP WITH TIME ZONE)");
    }

    @Test
    void dataFusionHasItsOwnRegularExpressions() {
        LazyFrame frame = trips.select(
                col("zone").regexExtract("a(b+)", 1).as("x"),
                col("zone").regexMatches("b").as("y"));
        assertThat(frame.toSql()).isEqualTo("""
                        SELECT (regexp_match("zone", CAST(? AS VARCHAR)))[2] AS "x", regexp_like("zone", CAST(? AS VARCHAR)) AS "y"
                        FROM "trips\"""");
        assertThat(frame.statement().parameters()).isEqualTo(List.of("(a(b+))", "b"));
        assertThat(trips.agg(Expressions.first("id", asc("fare"))).toSql())
                .isEqualTo(
                        "SELECT first_value(\"id\" ORDER BY \"fare\" ASC NULLS LAST) AS \"first_id\"\nFROM \"trips\"");
    }
}
