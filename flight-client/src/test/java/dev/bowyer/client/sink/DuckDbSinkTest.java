package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.sink.DuckDbSink.Mode;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntervalMonthDayNanoVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DuckDbSinkTest {
    private static final int SEEDS = 20;
    /** DuckDB has no form for them, or a wrong one. */
    private static final List<String> REFUSED =
            List.of("float_HALF", "decimal256", "day_time", "struct_dictionary", "sparse_union", "dense_union");

    private final BufferAllocator allocator = new RootAllocator();
    private Connection connection;

    @BeforeEach
    void connect() throws SQLException {
        connection = DriverManager.getConnection("jdbc:duckdb:");
    }

    @AfterEach
    void empty() throws SQLException {
        connection.close();
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    @Test
    void everyTypeThatDuckDbHas() throws SQLException {
        for (int seed = 0; seed < SEEDS; seed++) {
            try (MemorySource source = RandomTables.source(allocator, accepted(), seed, seed % 4, 60)) {
                String table = "it's \"" + seed + "\"";
                String quoted = DuckDbScan.quoted(table);
                assertThat(DuckDbSink.into(connection, table, Mode.CREATE).read(source))
                        .isEqualTo(source.rows());
                DuckDbOracle.assertSame(connection, quoted, source);
                assertThat(DuckDbSink.into(connection, table, Mode.APPEND).read(source))
                        .isEqualTo(source.rows());
                assertThat(count(quoted)).isEqualTo(2 * source.rows());
                assertThat(DuckDbSink.into(connection, table, Mode.REPLACE).read(source))
                        .isEqualTo(source.rows());
                DuckDbOracle.assertSame(connection, quoted, source);
                assertThat(source.open).hasValue(0);
                assertThat(source.cancelled).hasValue(0);
            }
        }
        assertThat(count("duckdb_views() WHERE view_name LIKE 'bowyer%'")).isZero();
    }

    @Test
    void aTypeThatItHasNotIsNamed() throws SQLException {
        for (Field field : everything()) {
            if (!REFUSED.contains(field.getName())) {
                continue;
            }
            List<Field> fields = List.of(RandomTables.flat().get(0), field);
            try (MemorySource source = RandomTables.source(allocator, fields, 3, 2, 20)) {
                assertThatThrownBy(() ->
                                DuckDbSink.into(connection, "t", Mode.CREATE).read(source))
                        .isInstanceOfSatisfying(BowyerException.class, e -> {
                            assertThat(e.code()).isEqualTo(ErrorCodes.TYPE_MISMATCH);
                            assertThat(e).hasMessageContaining("column " + field.getName());
                        });
                assertThat(source.open).hasValue(0);
            }
        }
        assertThat(count("duckdb_tables()")).isZero(); // and the database lives
    }

    @Test
    void aRegisteredTableCanBeReadTwice() throws SQLException {
        try (MemorySource source = RandomTables.source(allocator, RandomTables.encoded(), 3, 5, 200)) {
            try (DuckDbSink.Table table = DuckDbSink.register(connection, "t").read(source)) {
                assertThat(table.rows()).isEqualTo(source.rows());
                assertThat(count("t a POSITIONAL JOIN t b")).isEqualTo(source.rows());
                assertThat(count("(FROM t UNION ALL FROM t)")).isEqualTo(2 * source.rows());
                DuckDbOracle.assertSame(connection, "t", source);
            }
            assertThatThrownBy(() -> count("t")).isInstanceOf(SQLException.class);
        }
    }

    @Test
    void aResultWithoutRowsKeepsItsColumns() throws SQLException {
        MemorySource source = MemorySource.of(new Schema(accepted()), List.of());
        assertThat(DuckDbSink.into(connection, "t", Mode.CREATE).read(source)).isZero();
        assertThat(count("duckdb_columns() WHERE table_name = 't'"))
                .isEqualTo(accepted().size());
    }

    @Test
    void whatTheSourceThrowsIsThrownAndNothingArrives() throws SQLException {
        BowyerException lost = BowyerException.of(ErrorCodes.UNAVAILABLE, "the server is gone", null);
        try (MemorySource whole = RandomTables.source(allocator, RandomTables.encoded(), 3, 5, 200)) {
            MemorySource source = whole.failing(lost);
            assertThatThrownBy(
                            () -> DuckDbSink.into(connection, "t", Mode.CREATE).read(source))
                    .isSameAs(lost);
            assertThat(count("duckdb_tables()")).isZero();
            DuckDbSink.into(connection, "t", Mode.CREATE).read(whole);
            assertThatThrownBy(
                            () -> DuckDbSink.into(connection, "t", Mode.APPEND).read(source))
                    .isSameAs(lost);
            assertThatThrownBy(
                            () -> DuckDbSink.into(connection, "t", Mode.REPLACE).read(source))
                    .isSameAs(lost);
            assertThat(count("t")).isEqualTo(whole.rows());
            assertThat(source.open).hasValue(0);
        }
    }

    @Test
    void aTargetThatFailsStopsTheSource() throws SQLException {
        try (MemorySource one = RandomTables.source(allocator, RandomTables.encoded(), 3, 5, 200);
                MemorySource source = one.repeated(100)) {
            execute("CREATE TABLE t (words TEXT, more_words TEXT, same_words TEXT, numbers BIGINT CHECK (numbers=7))");
            assertSinkFailed(DuckDbSink.into(connection, "t", Mode.APPEND), source, "CHECK constraint");
            assertSinkFailed(DuckDbSink.into(connection, "absent", Mode.APPEND), source, "absent");
            assertSinkFailed(DuckDbSink.into(connection, "t", Mode.CREATE), source, "already exists");
            try (Connection sqlite = DriverManager.getConnection("jdbc:sqlite::memory:")) {
                assertSinkFailed(DuckDbSink.into(sqlite, "t", Mode.CREATE), source, "not a connection of DuckDB");
            }
            connection.close();
            assertSinkFailed(DuckDbSink.into(connection, "t", Mode.CREATE), source, "into the table t");
            assertThat(source.cancelled).hasValue(5);
            assertThat(source.open).hasValue(0);
            assertThat(source.handedOut).hasValueLessThan(500);
        }
    }

    @Test
    void whatATableToAppendToLacksIsNamed() throws SQLException {
        try (MemorySource source = RandomTables.source(allocator, RandomTables.encoded(), 3, 2, 20)) {
            assertSinkFailed(DuckDbSink.into(connection, "absent", Mode.APPEND), source, "there is no table absent");
            execute("CREATE TABLE t (WORDS TEXT, numbers BIGINT, same_words TEXT)");
            assertSinkFailed(
                    DuckDbSink.into(connection, "t", Mode.APPEND),
                    source,
                    "the table t of DuckDB has no column more_words, but WORDS, numbers, same_words");
            assertThat(source.handedOut).hasValue(0);
            execute("ALTER TABLE t ADD COLUMN more_words TEXT");
            assertThat(DuckDbSink.into(connection, "t", Mode.APPEND).read(source))
                    .isEqualTo(source.rows());
        }
    }

    @Test
    void whatIsFinerThanMicrosecondsIsCutTowardsZero() throws SQLException {
        List<Field> fields = RandomTables.flat().stream()
                .filter(field ->
                        field.getName().matches("(time|timestamp|timestamp_utc|duration)_NANOSECOND|month_day_nano"))
                .toList();
        Schema schema = new Schema(fields);
        List<Batch> batches = new ArrayList<>();
        for (long nanos : new long[] {1999, -1999}) {
            List<FieldVector> vectors = new ArrayList<>();
            for (Field field : fields) {
                FieldVector vector = field.createVector(allocator);
                vector.allocateNew();
                if (vector instanceof IntervalMonthDayNanoVector all) {
                    all.set(0, 1, 1, nanos);
                } else if (vector instanceof TimeNanoVector time) {
                    time.set(0, Math.abs(nanos));
                } else {
                    BitVectorHelper.setBit(vector.getValidityBuffer(), 0);
                    vector.getDataBuffer().setLong(0, nanos);
                }
                vector.setValueCount(1);
                vectors.add(vector);
            }
            batches.add(Batch.of(schema, vectors, 1, Map.of(), 0));
        }
        try (MemorySource source = MemorySource.of(schema, batches)) {
            DuckDbSink.into(connection, "t", Mode.CREATE).read(source);
        }
        execute("SET TimeZone = 'UTC'");
        String columns =
                fields.stream().map(field -> field.getName() + "::TEXT").collect(Collectors.joining(", "));
        List<String> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT concat_ws(' | ', " + columns + ") FROM t")) {
            while (result.next()) {
                rows.add(result.getString(1));
            }
        }
        assertThat(rows)
                .containsExactly(
                        "00:00:00.000001999 | 1970-01-01 00:00:00.000001999 | 1970-01-01 00:00:00.000001+00 | 00:00:00.000001"
                                + " | 1 month 1 day 00:00:00.000001",
                        "00:00:00.000001999 | 1969-12-31 23:59:59.999998001 | 1969-12-31 23:59:59.999999+00 | -00:00:00.000001"
                                + " | 1 month 1 day -00:00:00.000001");
    }

    @Test
    void aFailureWithinATransactionOfTheCallerLeavesNoView() throws SQLException {
        BowyerException lost = BowyerException.of(ErrorCodes.UNAVAILABLE, "the server is gone", null);
        try (MemorySource whole = RandomTables.source(allocator, RandomTables.encoded(), 3, 5, 200)) {
            connection.setAutoCommit(false);
            assertThatThrownBy(
                            () -> DuckDbSink.into(connection, "t", Mode.CREATE).read(whole.failing(lost)))
                    .isSameAs(lost);
            connection.rollback();
            assertThat(count("duckdb_views() WHERE view_name LIKE 'bowyer%'")).isZero();
        }
    }

    private static void assertSinkFailed(dev.bowyer.client.frame.Sink<?> sink, MemorySource source, String words) {
        assertThatThrownBy(() -> sink.read(source)).isInstanceOfSatisfying(BowyerException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCodes.SINK_FAILED);
            assertThat(e).hasMessageContaining(words);
        });
    }

    static List<Field> accepted() {
        return everything().stream()
                .filter(field -> !REFUSED.contains(field.getName()))
                .toList();
    }

    private static List<Field> everything() {
        List<Field> fields = new ArrayList<>(RandomTables.flat());
        fields.addAll(RandomTables.encoded());
        fields.addAll(RandomTables.nested());
        fields.addAll(RandomTables.rare());
        return fields;
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long count(String from) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT count(*) FROM " + from)) {
            result.next();
            return result.getLong(1);
        }
    }
}
