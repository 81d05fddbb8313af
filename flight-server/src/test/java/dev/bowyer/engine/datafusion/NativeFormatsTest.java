package dev.bowyer.engine.datafusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Source.CsvOptions;
import dev.bowyer.dataset.Table;
import dev.bowyer.dataset.TableStatistics.ColumnStatistics;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.BatchStream.Message;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.OutputFormat;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.Puller;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.RunOptions;
import dev.bowyer.engine.Statement;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Results as files, read back by DuckDB and compared with what it reads from the files of the datasets.
final class NativeFormatsTest {
    private static final double SCALE = 0.01;
    private static final List<String> TPCH =
            List.of("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier");
    private static final String ALL_TYPES = "all_types";

    /// BLOBs are hex in text, which is what DuckDB is asked for there.
    private static final String MAKE_ALL_TYPES = """
            CREATE TABLE made AS SELECT
                i % 2 = 0 AS flag, i::TINYINT AS tiny, i::SMALLINT AS small, i::INTEGER AS int, i * 1000000007 AS big,
                (i * 1000000007)::UBIGINT AS ubig, i::FLOAT / 3 AS single, i::DOUBLE / 7 AS double,
                (i - 50)::DECIMAL(18, 4) / 3 AS price, 'text ' || i || ', "quoted"' || chr(10) || 'ünï' AS text,
                encode('blob ' || i) AS blob, DATE '2024-02-28' + i::INTEGER AS day,
                TIMESTAMP '1969-12-31 23:59:58.123456' + to_seconds(i * 1001) AS at,
                TIMESTAMPTZ '2024-02-28 12:00:00+00' + to_seconds(i) AS zoned, TIME '12:34:56.789' AS clock,
                [i, NULL, i + 1] AS list, {'x': i, 'y': 'in ' || i} AS nested
                FROM range(100) t(i)
            UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
                NULL, NULL
            """;

    @TempDir
    private static Path data;

    @TempDir
    private Path folder;

    private QueryEngine engine;
    private Catalog catalog;

    @BeforeAll
    static void generate() throws SQLException {
        TpchGenerator.generate(SCALE, data, 2);
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
            execute(duckdb, "SET TimeZone = 'UTC'");
            execute(duckdb, MAKE_ALL_TYPES);
            execute(duckdb, "COPY made TO '" + source(ALL_TYPES) + "' (FORMAT parquet)");
        }
    }

    @BeforeEach
    void start() {
        engine = NativeEngine.start(new EngineOptions(
                2,
                EngineOptions.DEFAULT_IO_THREADS,
                256L << 20,
                folder.resolve("spill"),
                256L << 20,
                EngineOptions.DEFAULT_BATCH_ROWS,
                EngineOptions.DEFAULT_METADATA_CACHE_BYTES,
                64 << 10,
                EngineOptions.DEFAULT_SQL_BYTES,
                EngineOptions.DEFAULT_SQL_TOKENS,
                EngineOptions.DEFAULT_SQL_NESTING,
                EngineOptions.DEFAULT_SQL_CHAIN));
        catalog = new Catalog(engine);
    }

    @AfterEach
    void everythingIsBack() {
        await().untilAsserted(() -> {
            assertThat(engine.stats().memoryUsed()).isZero();
            assertThat(engine.stats().activeQueries()).isZero();
        });
        engine.close();
    }

    @ParameterizedTest
    @EnumSource(names = "ARROW", mode = EnumSource.Mode.EXCLUDE)
    void duckDbReadsBackEveryTable(OutputFormat format) throws Exception {
        for (String table : TPCH) {
            assertReadsBack(table, "*", format);
        }
    }

    @ParameterizedTest
    @EnumSource(names = "ARROW", mode = EnumSource.Mode.EXCLUDE)
    void duckDbReadsBackEveryType(OutputFormat format) throws Exception {
        boolean isText = format != OutputFormat.PARQUET;
        assertReadsBack(ALL_TYPES, isText ? "* REPLACE (lower(hex(blob)) AS blob)" : "*", format);
    }

    @Test
    void statisticsAreThoseOfTheFooter() {
        Table table = open("region");
        assertThat(table.statistics().rows()).hasValue(5);
        assertThat(table.statistics().columns())
                .contains(
                        new ColumnStatistics("r_regionkey", 0L, "0", "4"),
                        new ColumnStatistics("r_name", 0L, "AFRICA", "MIDDLE EAST"));
        Table types = open(ALL_TYPES);
        assertThat(types.statistics().columns())
                .contains(new ColumnStatistics("day", 1L, "2024-02-28", "2024-06-06"))
                .extracting(column -> column.column())
                .doesNotContain("list", "nested");
    }

    @Test
    void aColumnThatDoesNotFitIsNamedAtOnce() {
        open("region");
        assertRefused(
                "SELECT map([1], ['a']) AS m FROM region", OutputFormat.JSON, ErrorCode.UNSUPPORTED, "column \"m\"");
        assertRefused(
                "SELECT a.r_name, b.r_name FROM region a, region b",
                OutputFormat.PARQUET,
                ErrorCode.INVALID_ARGUMENT,
                "\"r_name\"");
    }

    @Test
    void cancellingAFileInTheMiddleFreesWhatItHolds() {
        String sql = "SELECT value, md5(CAST(value AS VARCHAR)) AS h FROM generate_series(1, 1000000000)";
        Puller puller = new Puller();
        RunOptions options = RunOptions.of(ExecutionLimits.NONE).withFormat(OutputFormat.PARQUET);
        try (Plan plan = plan(sql);
                BatchStream stream = engine.execute(plan, options, puller)) {
            // Between two row groups nothing is held.
            await().pollInterval(Duration.ofMillis(1)).until(() -> {
                ((Message) puller.await(stream)).release();
                return engine.stats().memoryUsed() > 0;
            });
            stream.cancel();
            assertThatThrownBy(() -> puller.drain(stream))
                    .isInstanceOfSatisfying(
                            ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
        }
    }

    private void assertRefused(String sql, OutputFormat format, ErrorCode code, String named) {
        RunOptions options = RunOptions.of(ExecutionLimits.NONE).withFormat(format);
        try (Plan plan = plan(sql)) {
            assertThatThrownBy(() -> engine.execute(plan, options, new Puller()))
                    .hasMessageContaining(named)
                    .isInstanceOfSatisfying(
                            ServiceException.class, e -> assertThat(e.code()).isEqualTo(code));
        }
    }

    private void assertReadsBack(String table, String columns, OutputFormat format) throws Exception {
        open(table);
        Path file = folder.resolve(table + "." + format);
        long rows = write("SELECT * FROM " + table, format, file);
        String options = switch (format) {
            case JSON -> "FORMAT json, ARRAY true";
            case NDJSON -> "FORMAT json, ARRAY false";
            case CSV -> "FORMAT csv, HEADER";
            case PARQUET -> "FORMAT parquet";
            case ARROW -> throw new AssertionError(format);
        };
        try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
            execute(duckdb, "SET TimeZone = 'UTC'");
            execute(duckdb, "CREATE TABLE want AS SELECT " + columns + " FROM '" + source(table) + "'");
            execute(duckdb, "CREATE TABLE got AS FROM want LIMIT 0");
            execute(duckdb, "COPY got FROM '" + file + "' (" + options + ")");
            assertThat(number(duckdb, "SELECT count(*) FROM got")).isEqualTo(rows);
            assertThat(number(duckdb, "SELECT count(*) FROM want")).isEqualTo(rows);
            assertThat(number(duckdb, "SELECT count(*) FROM (FROM want EXCEPT ALL FROM got)"))
                    .as("rows of %s that %s lost", table, format.name().toLowerCase(Locale.ROOT))
                    .isZero();
        }
    }

    /// @return the rows that the messages told of
    private long write(String sql, OutputFormat format, Path file) throws IOException {
        Puller puller = new Puller();
        long rows = 0;
        RunOptions options = RunOptions.of(ExecutionLimits.NONE).withFormat(format);
        try (Plan plan = plan(sql);
                BatchStream stream = engine.execute(plan, options, puller);
                OutputStream out = Files.newOutputStream(file);
                WritableByteChannel channel = Channels.newChannel(out)) {
            while (puller.await(stream) instanceof Message message) {
                for (var part : message.body()) {
                    channel.write(part);
                }
                rows += message.rows();
                message.release();
            }
        }
        return rows;
    }

    private Plan plan(String sql) {
        return engine.plan(catalog.current(), new Statement.Sql(sql), PlanOptions.DEFAULT);
    }

    private Table open(String table) {
        DatasetName name = DatasetName.parse(table);
        catalog.register(name, new Source.Files(source(table).toString(), null, null, CsvOptions.DEFAULT));
        return catalog.current().require(name).table();
    }

    private static Path source(String table) {
        return data.resolve(table + ".parquet");
    }

    private static void execute(Connection duckdb, String sql) throws SQLException {
        try (java.sql.Statement statement = duckdb.createStatement()) {
            statement.execute(sql);
        }
    }

    private static long number(Connection duckdb, String sql) throws SQLException {
        try (java.sql.Statement statement = duckdb.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            assertThat(rows.next()).isTrue();
            return rows.getLong(1);
        }
    }
}
