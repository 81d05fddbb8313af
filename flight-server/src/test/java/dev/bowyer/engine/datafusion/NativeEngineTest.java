package dev.bowyer.engine.datafusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.FileFormat;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Source.CsvOptions;
import dev.bowyer.engine.BatchStream.Message;
import dev.bowyer.engine.DecodedBatch;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.ExplainFormat;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.QueryEngineContract;
import dev.bowyer.engine.RunOptions;
import dev.bowyer.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The engine on real files: TPC-H's `lineitem` of 60,175 rows, cut into small messages.
final class NativeEngineTest extends QueryEngineContract {
    private static final double SCALE = 0.01;
    private static final long LINEITEM_ROWS = 60_175;
    private static final long MEMORY = 256L << 20;
    private static final int MESSAGE_BYTES = 128 << 10;

    @TempDir
    private static Path data;

    @TempDir
    private Path folder;

    @BeforeAll
    static void generate() {
        assertThat(TpchGenerator.generate(SCALE, data, 2))
                .hasSize(8)
                .filteredOn(table -> table.name().equals("lineitem"))
                .allMatch(table -> table.rows() == LINEITEM_ROWS && table.bytes() > 0);
    }

    @Override
    protected QueryEngine start() {
        return NativeEngine.start(new EngineOptions(
                2,
                EngineOptions.DEFAULT_IO_THREADS,
                MEMORY,
                folder.resolve("spill"),
                MEMORY,
                EngineOptions.DEFAULT_BATCH_ROWS,
                EngineOptions.DEFAULT_METADATA_CACHE_BYTES,
                MESSAGE_BYTES,
                EngineOptions.DEFAULT_SQL_BYTES,
                EngineOptions.DEFAULT_SQL_TOKENS,
                EngineOptions.DEFAULT_SQL_NESTING,
                EngineOptions.DEFAULT_SQL_CHAIN));
    }

    @Override
    protected String location() {
        return data.resolve("lineitem.parquet").toString();
    }

    @Override
    protected String severalMessages() {
        return "SELECT * FROM numbers";
    }

    @Override
    protected long severalRows() {
        return LINEITEM_ROWS;
    }

    @Override
    protected String column() {
        return "l_orderkey";
    }

    @Override
    protected String twoParameters() {
        return "SELECT l_orderkey FROM numbers WHERE l_orderkey > $1 OR l_partkey = $2";
    }

    @Override
    protected String failing() {
        return "SELECT 10 / (l_orderkey - 30016) FROM numbers";
    }

    @Override
    protected String stalling() {
        return "SELECT count(*) FROM numbers a, numbers b WHERE a.l_comment || b.l_comment LIKE '%no such thing%'";
    }

    @Test
    void tableTellsWhatTheFilesAre() {
        Dataset dataset = catalog.current().require(NUMBERS);
        assertThat(dataset.table().format()).isEqualTo("parquet");
        assertThat(dataset.table().files()).isEqualTo(1);
        assertThat(dataset.table().bytes()).isPositive();
        assertThat(dataset.table().rows()).hasValue(LINEITEM_ROWS);
        assertThat(dataset.table().schema().getFields()).hasSize(16);
    }

    @Test
    void valuesAreRight() {
        try (Plan plan = plan("SELECT count(*) AS n, min(l_orderkey) AS low FROM numbers");
                Run run = run(plan)) {
            Message message = (Message) run.puller().await(run.stream());
            List<?> values = DecodedBatch.of(
                    message,
                    plan.schema(),
                    rows -> List.of(
                            rows.getVector("n").getObject(0),
                            rows.getVector("low").getObject(0)));
            message.release();
            assertThat(values).isEqualTo(List.of(LINEITEM_ROWS, 1L));
        }
    }

    @Test
    void tablesAndSessionsAreFreedOnceNobodyRefersToThem() {
        plan(severalMessages()).close();
        assertThat(engine.stats().handles()).isPositive();
        catalog.drop(NUMBERS);
        catalog = new Catalog(engine);
        await().untilAsserted(() -> {
            System.gc();
            assertThat(engine.stats().handles()).isZero();
        });
    }

    @Test
    void errorShowsTheLineWithACaret() {
        assertThatThrownBy(() -> plan("SELECT\n  l_tax, l_ordrekey\nFROM numbers"))
                .satisfies(has(ErrorCode.UNKNOWN_COLUMN))
                .message()
                .contains("l_ordrekey")
                .endsWith("\n  l_tax, l_ordrekey\n         ^^^^^^^^^^");
    }

    @Test
    void syntaxErrorShowsTheLineWithACaret() {
        assertThatThrownBy(() -> plan("SELECT 1 FORM numbers WHERE"))
                .satisfies(has(ErrorCode.INVALID_SQL))
                .message()
                .contains("\nSELECT 1 FORM numbers WHERE\n")
                .endsWith("^");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DROP TABLE numbers",
                "CREATE TABLE t AS SELECT 1",
                "INSERT INTO numbers VALUES (1)",
                "COPY numbers TO '/tmp/x.parquet'",
                "SET datafusion.execution.batch_size = 1",
                "CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '/etc'"
            })
    void onlyQueriesRun(String sql) {
        assertThatThrownBy(() -> plan(sql)).satisfies(has(ErrorCode.STATEMENT_NOT_ALLOWED));
        assertThatThrownBy(() -> engine.tablesOf(sql)).satisfies(has(ErrorCode.STATEMENT_NOT_ALLOWED));
    }

    @Test
    void poisonIsRefused() {
        assertThatThrownBy(() -> plan("SELECT 1" + " + 1".repeat(5_000))).satisfies(has(ErrorCode.SQL_TOO_COMPLEX));
        assertThatThrownBy(() -> engine.tablesOf("SELECT " + "(".repeat(5_000) + "1" + ")".repeat(5_000)))
                .satisfies(has(ErrorCode.SQL_TOO_COMPLEX));
        assertThatThrownBy(() -> plan("SELECT '" + "x".repeat(EngineOptions.DEFAULT_SQL_BYTES) + "'"))
                .satisfies(has(ErrorCode.SQL_TOO_COMPLEX));
    }

    @Test
    void refreshSeesANewFile() throws IOException {
        DatasetName name = csv("a.csv", "n\n1\n2\n");
        assertThat(count(name)).isEqualTo(2);
        Files.writeString(folder.resolve("csv/b.csv"), "n\n3\n");
        assertThat(count(name)).isEqualTo(2);
        assertThat(catalog.refresh(List.of(name)).require(name).table().files()).isEqualTo(2);
        assertThat(count(name)).isEqualTo(3);
    }

    @Test
    void refreshWithoutAChangeKeepsTheSnapshot() throws IOException {
        DatasetName name = csv("a.csv", "n\n1\n2\n");
        assertThat(catalog.refresh(List.of(name, NUMBERS))).isSameAs(catalog.current());
    }

    @Test
    void removedFileFailsTheRefreshAndItsQueries() throws IOException {
        DatasetName name = csv("a.csv", "n\n1\n2\n");
        Files.delete(folder.resolve("csv/a.csv"));
        assertThatThrownBy(() -> catalog.refresh(List.of(name))).satisfies(has(ErrorCode.SOURCE_NOT_FOUND));
        assertThatThrownBy(() -> count(name)).satisfies(has(ErrorCode.SOURCE_CHANGED));
    }

    @Test
    void replacedFileIsNotReadHalfOldHalfNew() throws IOException {
        DatasetName name = csv("a.csv", "n\n1\n2\n");
        Path fresh = Files.writeString(folder.resolve("fresh"), "n\n1\n2\n3\n4\n");
        Files.move(fresh, folder.resolve("csv/a.csv"), StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> count(name)).satisfies(has(ErrorCode.SOURCE_CHANGED));
        catalog.refresh(List.of(name));
        assertThat(count(name)).isEqualTo(4);
    }

    @Test
    void damagedFileIsNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("broken.parquet"), "this is no Parquet");
        assertThatThrownBy(() -> catalog.register(
                        DatasetName.parse("broken"), new Source.Files(file.toString(), null, null, CsvOptions.DEFAULT)))
                .satisfies(has(ErrorCode.SOURCE_INVALID))
                .hasMessageContaining("broken.parquet");
    }

    @Test
    void memoryLimitOfARunHolds() {
        try (Plan plan = plan("SELECT l_comment, l_orderkey, count(*) FROM numbers GROUP BY ALL ORDER BY 1");
                Run run = run(plan, RunOptions.of(new ExecutionLimits(64 << 10, Duration.ZERO)))) {
            assertThatThrownBy(() -> run.puller().drain(run.stream())).satisfies(has(ErrorCode.MEMORY_LIMIT));
        }
    }

    @Test
    void timeoutEndsARun() {
        try (Plan plan = plan(stalling());
                Run run = run(plan, RunOptions.of(new ExecutionLimits(0, Duration.ofMillis(50))))) {
            assertThatThrownBy(() -> run.puller().drain(run.stream())).satisfies(has(ErrorCode.TIMEOUT));
        }
    }

    @ParameterizedTest
    @EnumSource
    void explains(ExplainFormat format) {
        try (Plan plan = plan("SELECT count(*) FROM numbers WHERE l_tax > 0")) {
            assertThat(engine.explain(plan, format, ExecutionLimits.NONE)).isNotBlank();
        }
    }

    @Test
    void theSpillFolderGoesWithTheEngine() {
        assertThat(folder.resolve("spill")).isDirectoryContaining("glob:**/bowyer-spill-*");
        engine.close();
        assertThat(folder.resolve("spill")).isEmptyDirectory();
    }

    @Test
    void statsTellTheLimit() {
        assertThat(engine.stats().memoryLimit()).isEqualTo(MEMORY);
        assertThat(NativeEngine.buildInfo().datafusion()).startsWith("55.");
    }

    private DatasetName csv(String file, String text) throws IOException {
        Files.createDirectories(folder.resolve("csv"));
        Files.writeString(folder.resolve("csv").resolve(file), text);
        DatasetName name = DatasetName.parse("lines");
        catalog.register(
                name, new Source.Files(folder.resolve("csv").toString(), FileFormat.CSV, null, CsvOptions.DEFAULT));
        return name;
    }

    private long count(DatasetName name) {
        try (Plan plan = plan("SELECT n FROM " + name);
                Run run = run(plan)) {
            return run.puller().drain(run.stream());
        }
    }
}
