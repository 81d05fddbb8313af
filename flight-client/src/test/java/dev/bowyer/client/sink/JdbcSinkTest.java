package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.value.ValueReader;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JdbcSinkTest {
    private static final int SEEDS = 6;

    private final BufferAllocator allocator = new RootAllocator();

    @AfterEach
    void empty() {
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:duckdb:", "jdbc:sqlite::memory:"})
    void everyTypeArrives(String url) throws SQLException {
        for (int seed = 0; seed < SEEDS; seed++) {
            try (Connection connection = DriverManager.getConnection(url);
                    MemorySource source = RandomTables.source(allocator, everything(), seed, 3, 30)) {
                JdbcSink sink = JdbcSink.into(connection, "it's \"t\"").batchSize(7);
                assertThat(sink.createTable(true).read(source)).isEqualTo(source.rows());
                assertThat(connection.getAutoCommit()).isTrue();
                assertSame(connection, "\"it's \"\"t\"\"\"", source);
                assertThat(sink.read(source)).isEqualTo(source.rows());
                assertThat(count(connection, "\"it's \"\"t\"\"\"")).isEqualTo(2 * source.rows());
            }
        }
    }

    @Test
    void typesOfANewTable() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
            MemorySource source = MemorySource.of(new Schema(RandomTables.flat()), List.of());
            assertThat(JdbcSink.into(connection, "t").createTable(true).read(source))
                    .isZero();
            assertThat(type(connection, "int8")).isEqualTo("SMALLINT");
            assertThat(type(connection, "uint32")).isEqualTo("BIGINT");
            assertThat(type(connection, "uint64")).isEqualTo("DECIMAL(20,0)");
            assertThat(type(connection, "float_SINGLE")).isEqualTo("FLOAT");
            assertThat(type(connection, "decimal")).isEqualTo("DECIMAL(20,5)");
            assertThat(type(connection, "decimal256")).isEqualTo("VARCHAR");
            assertThat(type(connection, "binary")).isEqualTo("BLOB");
            assertThat(type(connection, "date_ms")).isEqualTo("DATE");
            assertThat(type(connection, "timestamp_zone")).isEqualTo("TIMESTAMP WITH TIME ZONE");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:duckdb:", "jdbc:sqlite::memory:"})
    void allRowsOrNone(String url) throws SQLException {
        BowyerException lost = BowyerException.of(ErrorCodes.UNAVAILABLE, "the server is gone", null);
        try (Connection connection = DriverManager.getConnection(url);
                MemorySource source = RandomTables.source(allocator, RandomTables.encoded(), 5, 4, 30)) {
            assertThatThrownBy(() ->
                            JdbcSink.into(connection, "t").createTable(true).read(source.failing(lost)))
                    .isSameAs(lost);
            assertThatThrownBy(() -> count(connection, "t")).isInstanceOf(SQLException.class);
            assertThat(connection.getAutoCommit()).isTrue();

            JdbcSink.into(connection, "t").createTable(true).read(source);
            assertThatThrownBy(() -> JdbcSink.into(connection, "t").batchSize(3).read(source.failing(lost)))
                    .isSameAs(lost);
            assertThat(count(connection, "t")).isEqualTo(source.rows());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:duckdb:", "jdbc:sqlite::memory:"})
    void aTransactionOfTheCallerStaysTheCallers(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                MemorySource source = RandomTables.source(allocator, RandomTables.encoded(), 5, 2, 30)) {
            JdbcSink.into(connection, "t").createTable(true).read(source);
            connection.setAutoCommit(false);
            JdbcSink.into(connection, "t").read(source);
            assertThat(connection.getAutoCommit()).isFalse();
            connection.rollback();
            connection.setAutoCommit(true);
            assertThat(count(connection, "t")).isEqualTo(source.rows());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:duckdb:", "jdbc:sqlite::memory:"})
    @SuppressWarnings("try") // closed early on purpose
    void aTargetThatFailsStopsTheSource(String url) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                MemorySource source = RandomTables.source(allocator, RandomTables.encoded(), 5, 10, 30)) {
            assertSinkFailed(JdbcSink.into(connection, "absent"), source, "absent");
            try (Statement statement = connection.createStatement()) {
                statement.execute(
                        "CREATE TABLE t (words TEXT, more_words TEXT, numbers BIGINT NOT NULL, same_words TEXT)");
            }
            assertSinkFailed(JdbcSink.into(connection, "t"), source, "NOT NULL");
            assertThat(source.handedOut).hasValueLessThan(10);
            assertThat(connection.getAutoCommit()).isTrue();
            assertThat(count(connection, "t")).isZero();
            connection.close();
            assertSinkFailed(JdbcSink.into(connection, "t"), source, "into the table t");
            assertThat(source.cancelled).hasValue(3);
            assertThat(source.open).hasValue(0);
        }
    }

    @Test
    void aFailureAfterTheCommitSaysThatTheRowsAreThere() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                MemorySource source = RandomTables.source(allocator, RandomTables.encoded(), 5, 2, 30)) {
            Connection broken = (Connection) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("setAutoCommit") && arguments[0].equals(true)) {
                            throw new SQLException("connection lost");
                        }
                        return method.invoke(connection, arguments);
                    });
            assertSinkFailed(
                    JdbcSink.into(broken, "t").createTable(true),
                    source,
                    "all " + source.rows() + " rows are in the table t");
            connection.setAutoCommit(true);
            assertThat(count(connection, "t")).isEqualTo(source.rows());
        }
    }

    @Test
    void decimalsOfUnusualScalesAndOfRunsAreDecimals() throws SQLException {
        Field thousands = RandomTables.field("thousands", new ArrowType.Decimal(10, -3, 128));
        Field small = RandomTables.field("small", new ArrowType.Decimal(2, 5, 128));
        Field wide = RandomTables.field("wide", new ArrowType.Decimal(38, -3, 128));
        Field runs = new Field(
                "runs",
                FieldType.nullable(new ArrowType.RunEndEncoded()),
                List.of(
                        new Field("run_ends", FieldType.notNullable(new ArrowType.Int(32, true)), List.of()),
                        RandomTables.field("values", new ArrowType.Decimal(12, 2, 128))));
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                MemorySource source = MemorySource.of(
                        new Schema(List.of(thousands, small, wide, runs)),
                        List.of(decimals(List.of(thousands, small, wide, runs))))) {
            JdbcSink.into(connection, "t").createTable(true).read(source);
            assertThat(type(connection, "thousands")).isEqualTo("DECIMAL(13,0)");
            assertThat(type(connection, "small")).isEqualTo("DECIMAL(5,5)");
            assertThat(type(connection, "wide")).isEqualTo("VARCHAR");
            assertThat(type(connection, "runs")).isEqualTo("DECIMAL(12,2)");
            try (ResultSet row =
                    statement.executeQuery("SELECT thousands::TEXT, small = 0.00007, wide, runs::TEXT FROM t")) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString(1)).isEqualTo("7000");
                assertThat(row.getBoolean(2)).isTrue();
                assertThat(row.getString(3)).isEqualTo("7000");
                assertThat(row.getString(4)).isEqualTo("0.07");
            }
        }
    }

    /** One row, each with the unscaled value 7. */
    private Batch decimals(List<Field> fields) {
        List<FieldVector> vectors = new ArrayList<>();
        for (Field field : fields) {
            FieldVector vector = field.createVector(allocator);
            vector.allocateNew();
            if (vector instanceof RunEndEncodedVector runs) {
                ((IntVector) runs.getRunEndsVector()).setSafe(0, 1);
                ((DecimalVector) runs.getValuesVector()).setSafe(0, 7);
                runs.getRunEndsVector().setValueCount(1);
                runs.getValuesVector().setValueCount(1);
            } else {
                ((DecimalVector) vector).setSafe(0, 7);
            }
            vector.setValueCount(1);
            vectors.add(vector);
        }
        return Batch.of(new Schema(fields), vectors, 1, Map.of(), 0);
    }

    @Test
    void namesAndSizesWithoutMeaning() throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:")) {
            MemorySource none = MemorySource.of(new Schema(List.of()), List.of());
            assertSinkFailed(JdbcSink.into(connection, "t"), none, "no columns");
            MemorySource unnamed =
                    MemorySource.of(new Schema(List.of(RandomTables.field("", new ArrowType.Bool()))), List.of());
            assertSinkFailed(JdbcSink.into(connection, "t").createTable(true), unnamed, "''");
            assertThatThrownBy(() -> JdbcSink.into(connection, "t").batchSize(0))
                    .hasMessageContaining("0");
        }
    }

    private static void assertSinkFailed(JdbcSink sink, MemorySource source, String words) {
        assertThatThrownBy(() -> sink.read(source)).isInstanceOfSatisfying(BowyerException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCodes.SINK_FAILED);
            assertThat(e).hasMessageContaining(words);
        });
    }

    private static void assertSame(Connection connection, String table, MemorySource source) throws SQLException {
        boolean exact = SqlDialect.of(connection).exact();
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT * FROM " + table)) {
            for (Batch batch : source.batches()) {
                List<ValueReader> columns = Columns.of(batch);
                for (int row = 0; row < batch.rowCount(); row++) {
                    assertThat(result.next()).isTrue();
                    for (int i = 0; i < columns.size(); i++) {
                        Field field = batch.schema().getFields().get(i);
                        Object value = columns.get(i).get(row);
                        String expected = exact ? DuckDbOracle.text(value) : plain(value);
                        Object got = result.getObject(i + 1);
                        String actual = exact || got instanceof byte[] ? DuckDbOracle.text(got) : plain(got);
                        if (exact && SqlDialect.of(connection).type(field).equals("TEXT") && value != null) {
                            expected = DuckDbOracle.text(new ValueText(ValueText.HEX).of(value));
                        }
                        if (value instanceof Double number && number.isNaN() && !exact) {
                            expected = null; // SQLite has no NaN
                        }
                        assertThat(actual)
                                .as(field.getName() + " of row " + row)
                                .isEqualTo(expected);
                    }
                }
            }
            assertThat(result.next()).isFalse();
        }
    }

    /** Booleans are numbers in SQLite. */
    private static @Nullable String plain(@Nullable Object value) {
        if (value == null) {
            return null;
        } else if (value instanceof Boolean bool) {
            return bool ? "1" : "0";
        } else if (value instanceof Float single) {
            return String.valueOf(single.doubleValue());
        }
        return new ValueText(ValueText.HEX).of(value);
    }

    private static long count(Connection connection, String table) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT count(*) FROM " + table)) {
            result.next();
            return result.getLong(1);
        }
    }

    private static String type(Connection connection, String column) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(
                        "SELECT data_type FROM duckdb_columns() WHERE column_name = '" + column + "'")) {
            result.next();
            return result.getString(1);
        }
    }

    private static List<Field> everything() {
        List<Field> fields = new ArrayList<>(RandomTables.flat());
        fields.addAll(RandomTables.encoded());
        fields.addAll(RandomTables.nested());
        fields.addAll(RandomTables.rare());
        return fields;
    }
}
