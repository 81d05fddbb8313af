package dev.bowyer.engine.datafusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Source.CsvOptions;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.BatchStream.Message;
import dev.bowyer.engine.DecodedBatch;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.ParameterRow;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.Puller;
import dev.bowyer.engine.ResultTypes;
import dev.bowyer.engine.ResultTypes.Encoding;
import dev.bowyer.engine.RunOptions;
import dev.bowyer.engine.Statement;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.arrow.vector.types.pojo.Schema;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Values, scans, parts and result types of the native engine, over four small files of the columns `n` and `Name`.
final class NativePlanTest {
    private static final int FILES = 4;
    private static final int ROWS = 100;
    private static final DatasetName LINES = DatasetName.parse("lake.lines");
    private static final String MANY_TYPES = """
            SELECT arrow_cast('v', 'Utf8View') AS view,
                   arrow_cast('d', 'Dictionary(Int32, Utf8)') AS word,
                   arrow_cast(7, 'UInt16') AS small,
                   arrow_cast(0, 'Timestamp(Second, None)') AS naive,
                   arrow_cast(0, 'Timestamp(Millisecond, Some("Europe/Paris"))') AS zoned,
                   make_array(CAST(1.5 AS DECIMAL(10, 2))) AS prices""";

    @TempDir
    private Path folder;

    private final NativeEngine engine = NativeEngine.start(EngineOptions.defaults());
    private final Catalog catalog = new Catalog(engine);

    @BeforeEach
    void writeFiles() throws IOException {
        for (int file = 0; file < FILES; file++) {
            int first = file * ROWS;
            writeFile("part" + file + ".csv", first, ROWS);
        }
        catalog.register(LINES, new Source.Files(folder.toString(), null, null, CsvOptions.DEFAULT));
    }

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    @Test
    void valuesAreCastToTheirParameters() {
        String sql = "SELECT n FROM lake.lines WHERE n = $1 AND \"Name\" = $2";
        assertThat(numbers(sql, ParameterRow.of(7L, "line 7"))).containsExactly(7L);
        assertThat(numbers(sql, ParameterRow.of(7, "line 7"))).containsExactly(7L);
        assertThat(numbers(sql, ParameterRow.of(new BigDecimal("7.00"), "line 7")))
                .containsExactly(7L);
        assertThat(numbers(sql, ParameterRow.of(8L, "line 7"))).isEmpty();
        assertThat(numbers(sql, ParameterRow.of(null, "line 7"))).isEmpty();
        assertThat(numbers(sql, ParameterRow.of(7L, null))).isEmpty();
    }

    @Test
    void questionMarksAreParametersToo() {
        assertThat(numbers("SELECT n FROM lake.lines WHERE n IN (?, ?) ORDER BY n", ParameterRow.of(9L, 3L)))
                .containsExactly(3L, 9L);
        assertThat(numbers("SELECT n FROM lake.lines ORDER BY n LIMIT ?", ParameterRow.of(2L)))
                .containsExactly(0L, 1L);
        assertThat(numbers(
                        "SELECT count(*) AS n FROM lake.lines WHERE DATE '2026-01-01' < ?",
                        ParameterRow.of(LocalDate.of(2026, 11, 21))))
                .containsExactly((long) FILES * ROWS);
    }

    @Test
    void aValueThatWouldChangeInTheCastIsRefused() {
        try (Plan plan = plan("SELECT n FROM lake.lines WHERE n = $1")) {
            assertThatThrownBy(() -> plan.bind(ParameterRow.of(1.5)))
                    .satisfies(has(ErrorCode.INVALID_ARGUMENT))
                    .hasMessageContaining("$1")
                    .hasMessageContaining("1.5");
            assertThatThrownBy(() -> plan.bind(ParameterRow.of("seven")))
                    .satisfies(has(ErrorCode.INVALID_ARGUMENT))
                    .hasMessageContaining("seven");
        }
    }

    @Test
    void aScanTakesColumnsFilterAndLimit() {
        Statement.Scan scan =
                new Statement.Scan(LINES, List.of("Name", "n"), "n >= 10 AND \"Name\" LIKE 'line 1%' OR n < 3", 5L);
        try (Plan plan = engine.plan(catalog.current(), scan, PlanOptions.DEFAULT)) {
            assertThat(plan.schema().getFields())
                    .extracting(field -> field.getName())
                    .containsExactly("Name", "n");
            assertThat(numbers(plan, RunOptions.of(ExecutionLimits.NONE))).hasSize(5);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            m > 1           | UNKNOWN_COLUMN | ^
            n > 1 AND       | INVALID_SQL    |
            n > 1; SELECT 1 | INVALID_SQL    |
            n > 1 OR 1=1) t | INVALID_SQL    |
            n + 1           | INVALID_SQL    |
            n = $1          | INVALID_SQL    |
            n = ?           | INVALID_SQL    |
            n IN (SELECT 1) | INVALID_SQL    |
            nosuch(n) = 1   | UNKNOWN_FUNCTION |
            """)
    void aWrongFilterIsRefused(String filter, ErrorCode code, String caret) {
        Statement.Scan scan = new Statement.Scan(LINES, List.of(), filter, null);
        assertThatThrownBy(() -> engine.plan(catalog.current(), scan, PlanOptions.DEFAULT))
                .satisfies(has(code))
                .hasMessageContaining(caret == null ? "" : filter + "\n" + caret);
    }

    @Test
    void theCompatibleEncodingIsForEveryClient() {
        assertThat(types(ResultTypes.COMPATIBLE))
                .containsExactly(
                        "Utf8",
                        "Utf8",
                        "Int(32, true)",
                        "Timestamp(SECOND, null)",
                        "Timestamp(MILLISECOND, Europe/Paris)",
                        "Decimal(10, 2, 128)");
    }

    @Test
    void theNativeEncodingIsWhatTheEngineHas() {
        assertThat(types(new ResultTypes(Encoding.NATIVE, false, false, false)))
                .containsExactly(
                        "Utf8View",
                        "Utf8[dictionary]",
                        "Int(16, false)",
                        "Timestamp(SECOND, null)",
                        "Timestamp(MILLISECOND, Europe/Paris)",
                        "Decimal(10, 2, 128)");
    }

    @Test
    void timestampsAndDecimalsChangeOnWish() {
        assertThat(types(new ResultTypes(Encoding.COMPATIBLE, true, true, true)))
                .containsExactly(
                        "Utf8",
                        "Utf8",
                        "Int(32, true)",
                        "Timestamp(NANOSECOND, null)",
                        "Timestamp(NANOSECOND, null)",
                        "FloatingPoint(DOUBLE)");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 64})
    void partsGiveEveryRowOnce(int wanted) {
        for (String sql : List.of(
                "SELECT n FROM lake.lines",
                "SELECT n FROM lake.lines WHERE n % 3 = 1",
                "SELECT n FROM lake.lines UNION ALL SELECT n + 1000 FROM lake.lines WHERE n < 150")) {
            try (Plan plan = plan(sql)) {
                int parts = plan.parts(wanted);
                assertThat(parts).isBetween(Math.min(wanted, FILES), wanted);
                List<Long> rows = new ArrayList<>();
                for (int part = 0; part < parts; part++) {
                    rows.addAll(
                            numbers(plan, RunOptions.of(ExecutionLimits.NONE).withPart(part, parts)));
                }
                assertThat(rows)
                        .containsExactlyInAnyOrderElementsOf(numbers(plan, RunOptions.of(ExecutionLimits.NONE)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT n FROM lake.lines ORDER BY n",
                "SELECT n FROM lake.lines LIMIT 5",
                "SELECT count(*) AS n FROM lake.lines",
                "SELECT DISTINCT n FROM lake.lines",
                "SELECT a.n FROM lake.lines a JOIN lake.lines b ON a.n = b.n",
                "SELECT row_number() OVER () AS n FROM lake.lines",
                "SELECT n FROM lake.lines WHERE n > (SELECT avg(n) FROM lake.lines)",
                "SELECT n FROM lake.lines WHERE random() < 2",
                "SELECT 1"
            })
    void whatDependsOnAllRowsIsOnePart(String sql) {
        try (Plan plan = plan(sql)) {
            assertThat(plan.parts(8)).isEqualTo(1);
        }
    }

    @Test
    void aNewFileIsANewDataVersion() throws IOException {
        String sql = "SELECT n FROM lake.lines";
        String before = dataVersion(sql);
        String nothing = dataVersion("SELECT 1");
        writeFile("part9.csv", 900, 1);
        assertThat(dataVersion(sql)).isEqualTo(before);
        catalog.refresh(List.of(LINES));
        assertThat(dataVersion(sql)).isNotEqualTo(before);
        assertThat(dataVersion("SELECT 1")).isEqualTo(nothing).isNotEqualTo(before);
        Files.delete(folder.resolve("part9.csv"));
        catalog.refresh(List.of(LINES));
        assertThat(dataVersion(sql)).isEqualTo(before);
    }

    private void writeFile(String name, int first, int rows) throws IOException {
        Files.writeString(
                folder.resolve(name),
                IntStream.range(first, first + rows)
                        .mapToObj(n -> n + ",line " + n + "\n")
                        .collect(Collectors.joining("", "n,Name\n", "")));
    }

    private String dataVersion(String sql) {
        try (Plan plan = plan(sql)) {
            return plan.dataVersion();
        }
    }

    /// Of the columns of [#MANY_TYPES], of the list its element, after a run has shown that the messages have them.
    private List<String> types(ResultTypes types) {
        PlanOptions options = new PlanOptions(DatasetName.DEFAULT_NAMESPACE, types);
        try (Plan plan = engine.plan(catalog.current(), new Statement.Sql(MANY_TYPES), options)) {
            Puller puller = new Puller();
            try (BatchStream stream = engine.execute(plan, RunOptions.of(ExecutionLimits.NONE), puller)) {
                assertThat(puller.drain(stream)).isEqualTo(1);
            }
            return plan.schema().getFields().stream()
                    .map(field -> field.getChildren().isEmpty()
                            ? field
                            : field.getChildren().getFirst())
                    .map(field -> field.getType() + (field.getDictionary() == null ? "" : "[dictionary]"))
                    .toList();
        }
    }

    private Plan plan(String sql) {
        return engine.plan(catalog.current(), new Statement.Sql(sql), PlanOptions.DEFAULT);
    }

    private List<Long> numbers(String sql, byte[] values) {
        try (Plan plan = plan(sql)) {
            return numbers(plan, RunOptions.of(ExecutionLimits.NONE).withParameters(plan.bind(values)));
        }
    }

    /// The values of `n`.
    private List<Long> numbers(Plan plan, RunOptions options) {
        Puller puller = new Puller();
        Schema schema = plan.schema();
        List<Long> numbers = new ArrayList<>();
        try (BatchStream stream = engine.execute(plan, options, puller)) {
            while (puller.await(stream) instanceof Message message) {
                numbers.addAll(DecodedBatch.of(
                        message,
                        schema,
                        rows -> LongStream.range(0, rows.getRowCount())
                                .mapToObj(row -> (Long) rows.getVector("n").getObject((int) row))
                                .toList()));
                message.release();
            }
        }
        return numbers;
    }

    private static ThrowingConsumer<Throwable> has(ErrorCode code) {
        return e -> assertThat(e)
                .isInstanceOfSatisfying(
                        ServiceException.class, ours -> assertThat(ours.code()).isEqualTo(code));
    }
}
