package dev.bowyer.flight.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.SqlTypes;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.DecodedBatch;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.Puller;
import dev.bowyer.engine.RunOptions;
import dev.bowyer.engine.Statement;
import dev.bowyer.engine.datafusion.NativeEngine;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportsConvert;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What GetSqlInfo says about the SQL dialect is what the engine does.
final class DialectTest {
    /// Of nested values and of the engine's own types: JDBC has no category for them.
    private static final Set<String> UNCATEGORISED = Set.of(
            ("arrays_overlap arrays_zip arrow_field arrow_metadata cardinality cast_to_type cosine_distance dot_product"
                            + " element_at empty file_row_index flatten generate_series get_field inner_product"
                            + " input_file_name make_array make_list named_struct range row string_to_array"
                            + " string_to_list struct try_cast_to_type union_extract union_tag with_metadata")
                    .split(" "));

    /// Of each type that converts, a value as SQL writes it.
    private static final Map<SqlSupportsConvert, String> VALUES = Map.ofEntries(
            Map.entry(SqlSupportsConvert.SQL_CONVERT_BIGINT, "CAST(1 AS BIGINT)"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_INTEGER, "CAST(1 AS INTEGER)"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_SMALLINT, "CAST(1 AS SMALLINT)"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_TINYINT, "CAST(1 AS TINYINT)"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_FLOAT, "CAST(1 AS DOUBLE)"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_REAL, "CAST(1 AS REAL)"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_DECIMAL, "CAST(1 AS DECIMAL(9, 2))"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_NUMERIC, "CAST(1 AS NUMERIC(9, 2))"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_BIT, "TRUE"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_DATE, "DATE '2026-01-31'"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_TIME, "TIME '10:00:00'"),
            Map.entry(SqlSupportsConvert.SQL_CONVERT_TIMESTAMP, "TIMESTAMP '2026-01-31 10:00:00'"));
    /// What `CAST` calls a type that is not called as `SqlSupportsConvert` does.
    private static final Map<SqlSupportsConvert, String> NAMES = Map.of(
            SqlSupportsConvert.SQL_CONVERT_BIT, "BOOLEAN",
            SqlSupportsConvert.SQL_CONVERT_DECIMAL, "DECIMAL(9, 2)",
            SqlSupportsConvert.SQL_CONVERT_LONGVARCHAR, "TEXT",
            SqlSupportsConvert.SQL_CONVERT_NUMERIC, "NUMERIC(9, 2)");
    private static final NativeEngine ENGINE = NativeEngine.start(EngineOptions.defaults());
    private static final Catalog CATALOG = new Catalog(ENGINE);

    @AfterAll
    static void closeEngine() {
        ENGINE.close();
    }

    @Test
    void theFunctionsAreThoseOfTheEngine() {
        Set<String> scalar = new TreeSet<>(
                texts("SELECT DISTINCT routine_name FROM information_schema.routines WHERE function_type = 'SCALAR'"));
        // Syntax, not a function.
        scalar.add("extract");
        scalar.removeIf(name -> UNCATEGORISED.contains(name) || name.matches("(array|list|map)(_.*)?"));
        assertThat(scalar).containsExactlyInAnyOrderElementsOf(listed());
        assertThat(texts("SELECT CAST(extract(YEAR FROM DATE '2026-01-31') AS VARCHAR)"))
                .containsExactly("2026");
    }

    @Test
    void keywordsCannotBeEveryName() {
        for (String keyword : SqlVocabulary.KEYWORDS) {
            assertThat(Stream.of("SELECT 1 " + keyword, "SELECT " + keyword + ".a FROM (SELECT 1 AS a) " + keyword)
                            .filter(DialectTest::isSyntaxError))
                    .as(keyword)
                    .isNotEmpty();
        }
    }

    @Test
    void conversionsAreCasts() {
        SqlVocabulary.CONVERSIONS.forEach((from, targets) -> targets.forEach(to -> {
            SqlSupportsConvert target = SqlSupportsConvert.forNumber(to);
            String value = VALUES.get(SqlSupportsConvert.forNumber(from));
            String source = value == null ? "'" + text(target) + "'" : value;
            String name = NAMES.getOrDefault(target, target.name().substring("SQL_CONVERT_".length()));
            assertThat(texts("SELECT CAST(CAST(" + source + " AS " + name + ") AS VARCHAR)"))
                    .as("%s to %s", source, name)
                    .doesNotContainNull()
                    .hasSize(1);
        }));
    }

    @Test
    void nullIsHigherThanAnyValue() {
        String sql = "SELECT a FROM (VALUES ('2'), (NULL), ('1')) t(a) ORDER BY a";
        assertThat(texts(sql)).containsExactly("1", "2", null);
        assertThat(texts(sql + " DESC")).containsExactly(null, "2", "1");
    }

    @Test
    void namesAreLowerCaseUnlessQuoted() {
        assertThat(texts("SELECT NAME FROM (SELECT 'x' AS name)")).containsExactly("x");
        assertThat(texts("SELECT \"Name\" FROM (SELECT 'x' AS \"Name\", 'y' AS name)"))
                .containsExactly("x");
        assertThat(texts("SELECT a#$@b FROM (SELECT 'x' AS A#$@B)")).containsExactly("x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a = (SELECT max(b) FROM (VALUES (1)) u(b))",
                "a IN (SELECT 1)",
                "EXISTS (SELECT 1 FROM (SELECT 1 AS b) u WHERE u.b = a)",
                "a = ANY (SELECT 1)",
                "a < ALL (SELECT 2)",
                "a = 1 AND '%' LIKE '\\%'"
            })
    void subqueriesAreServedWhereTheyAreSaidToBe(String condition) {
        assertThat(texts("SELECT CAST(a AS VARCHAR) FROM (VALUES (1), (2)) t(a) WHERE " + condition))
                .containsExactly("1");
    }

    @Test
    void groupingOrderingAndJoinsAreAsBroadAsSaid() {
        assertThat(texts("SELECT 'x' FROM (VALUES (1), (2)) t(a) GROUP BY a + 1 ORDER BY a + 1"))
                .containsExactly("x", "x");
        assertThat(texts("SELECT a FROM (VALUES ('x', 2), ('y', 1)) t(a, b) ORDER BY b"))
                .containsExactly("y", "x");
        assertThat(texts("SELECT b FROM (VALUES ('x')) t(a) FULL OUTER JOIN (VALUES ('y')) u(b) ON a = b ORDER BY b"))
                .containsExactly("y", null);
        assertThat(texts("SELECT 'x' UNION SELECT 'x' UNION ALL SELECT 'x'")).hasSize(2);
        assertThat(texts("SELECT CAST(NULL + 1 AS VARCHAR), 1")).containsExactly((String) null);
    }

    @Test
    void aStatementOfTheLongestLengthIsTaken() {
        String longest = "SELECT 'x' --" + "-".repeat(EngineOptions.DEFAULT_SQL_BYTES - "SELECT 'x' --".length());
        assertThat(texts(longest)).containsExactly("x");
        assertThatThrownBy(() -> texts(longest + "-")).isInstanceOf(ServiceException.class);
    }

    /// Every type that a column can have has a name that `CAST` takes.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "BOOLEAN",
                "TINYINT",
                "SMALLINT",
                "INTEGER",
                "BIGINT",
                "TINYINT UNSIGNED",
                "SMALLINT UNSIGNED",
                "INTEGER UNSIGNED",
                "BIGINT UNSIGNED",
                "REAL",
                "DOUBLE",
                "DECIMAL",
                "VARCHAR",
                "DATE",
                "TIME",
                "TIMESTAMP",
                "TIMESTAMP WITH TIME ZONE"
            })
    void typeNamesAreThoseOfCast(String name) {
        try (Plan plan = plan("SELECT CAST(NULL AS " + name + ") AS a")) {
            ArrowType type = plan.schema().getFields().getFirst().getType();
            // Unsigned numbers are widened on the wire, and sessions have no time zone to give to a column.
            String known = name.endsWith("UNSIGNED") || name.endsWith("ZONE") ? SqlTypes.name(type) : name;
            assertThat(SqlTypes.name(type)).isEqualTo(known);
        }
    }

    private static List<String> listed() {
        return Stream.of(
                        SqlVocabulary.NUMERIC_FUNCTIONS,
                        SqlVocabulary.STRING_FUNCTIONS,
                        SqlVocabulary.SYSTEM_FUNCTIONS,
                        SqlVocabulary.DATETIME_FUNCTIONS)
                .flatMap(List::stream)
                .toList();
    }

    private static String text(SqlSupportsConvert target) {
        return switch (target) {
            case SQL_CONVERT_DATE -> "2026-01-31";
            case SQL_CONVERT_TIME -> "10:00:00";
            case SQL_CONVERT_TIMESTAMP -> "2026-01-31 10:00:00";
            default -> "1";
        };
    }

    private static boolean isSyntaxError(String sql) {
        try (Plan _ = plan(sql)) {
            return false;
        } catch (ServiceException e) {
            return e.code() == ErrorCode.INVALID_SQL;
        }
    }

    private static Plan plan(String sql) {
        return ENGINE.plan(CATALOG.current(), new Statement.Sql(sql), PlanOptions.DEFAULT);
    }

    /// The first column.
    private static List<String> texts(String sql) {
        List<String> texts = new ArrayList<>();
        Puller puller = new Puller();
        try (Plan plan = plan(sql);
                BatchStream stream = ENGINE.execute(plan, RunOptions.of(ExecutionLimits.NONE), puller)) {
            while (puller.await(stream) instanceof BatchStream.Message message) {
                texts.addAll(DecodedBatch.of(message, plan.schema(), root -> strings(root.getVector(0))));
                message.release();
            }
        }
        return texts;
    }

    private static List<String> strings(FieldVector vector) {
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < vector.getValueCount(); i++) {
            Object value = vector.getObject(i);
            strings.add(value == null ? null : value.toString());
        }
        return strings;
    }
}
