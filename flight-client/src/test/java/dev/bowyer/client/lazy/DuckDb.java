package dev.bowyer.client.lazy;

import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Partition;
import dev.bowyer.client.frame.Records;
import dev.bowyer.client.frame.Results;
import dev.bowyer.client.frame.Sink;
import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** A database in memory that runs what frames compile to: an oracle, and a server that can be asked for schemas. */
final class DuckDb implements AutoCloseable {
    private final Connection connection;
    final List<Statement> asked = new ArrayList<>();
    final Function<Statement, Results> runner = Query::new;
    int cancelled;
    /** Done whenever a schema is asked for. */
    Runnable onSchema = () -> {};

    DuckDb() {
        try {
            connection = DriverManager.getConnection("jdbc:duckdb:");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    LazyFrame frame(String table) {
        return LazyFrame.of(runner, Dialect.DUCKDB, Names.tableParts(table));
    }

    void run(String sql) {
        try (var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(sql, e);
        }
    }

    /** {@code t} and {@code z}, of all types and with nulls. */
    void smallTables() {
        run("SET TimeZone = 'UTC'");
        run("CREATE TABLE t (id BIGINT, zone VARCHAR, fare DOUBLE, n INTEGER, ts TIMESTAMP, day DATE, ok BOOLEAN,"
                + " txt VARCHAR, cents DECIMAL(10, 2))");
        run("""
                INSERT INTO t VALUES
                (1, 'a', 10.5, 1, '2024-01-01 01:30:15', '2024-01-02', true, 'Hello World 12', 1.25),
                (2, 'b', 20, 2, '2024-02-02 02:30:15', '2024-02-02', false, 'x=7;y=8', NULL),
                (3, 'a', 30.25, NULL, '2024-03-03 03:30:15', '2024-03-02', NULL, NULL, 3.5),
                (4, NULL, NULL, 4, '2024-04-04 04:30:15', '2024-04-02', true, ' trim me ', 4),
                (5, 'b', 50, 5, '2024-05-05 05:30:15', '2024-05-02', false, 'a%b_c', -1.1),
                (6, 'c d', 21, -6, '2024-06-06 06:30:15', '2024-06-02', true, 'a\\b', 0)""");
        run("CREATE TABLE z (zone VARCHAR, name VARCHAR, fare DOUBLE)");
        run("INSERT INTO z VALUES ('a', 'Alpha', 1), ('b', 'Beta', 2), ('z', 'Zeta', 3)");
    }

    List<List<Object>> rows(LazyFrame frame) {
        return rows(frame.statement());
    }

    List<List<Object>> rows(String sql, Object... parameters) {
        return rows(new Statement(sql, List.of(parameters)));
    }

    /** Whole numbers as long, others as double, what is none as text. */
    List<List<Object>> rows(Statement statement) {
        try (PreparedStatement prepared = prepare(statement);
                ResultSet result = prepared.executeQuery()) {
            List<List<Object>> rows = new ArrayList<>();
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<Object> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) {
                    row.add(plain(result.getObject(i)));
                }
                rows.add(row);
            }
            return rows;
        } catch (SQLException e) {
            throw new IllegalStateException(statement.toString(), e);
        }
    }

    List<String> columns(Statement statement) {
        try (PreparedStatement prepared = prepare(statement);
                ResultSet result = prepared.executeQuery()) {
            ResultSetMetaData meta = result.getMetaData();
            List<String> names = new ArrayList<>();
            for (int i = 1; i <= meta.getColumnCount(); i++) {
                names.add(meta.getColumnName(i));
            }
            return names;
        } catch (SQLException e) {
            throw new IllegalStateException(statement.toString(), e);
        }
    }

    private PreparedStatement prepare(Statement statement) throws SQLException {
        PreparedStatement prepared = connection.prepareStatement(statement.sql());
        for (int i = 0; i < statement.parameters().size(); i++) {
            Object value = statement.parameters().get(i);
            prepared.setObject(i + 1, value instanceof Instant moment ? moment.atOffset(ZoneOffset.UTC) : value);
        }
        return prepared;
    }

    private static Object plain(Object value) {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            return ((Number) value).longValue();
        }
        if (value instanceof java.math.BigInteger whole) {
            return whole.longValueExact();
        }
        if (value instanceof BigDecimal || value instanceof Float || value instanceof Double) {
            return ((Number) value).doubleValue();
        }
        return value == null ? "null" : value instanceof Boolean ? value : value.toString();
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What frames ask of a query before they run, and no more: the rest is read by {@link DuckDb#rows}. */
    private final class Query implements Results {
        private final Statement statement;

        Query(Statement statement) {
            this.statement = statement;
        }

        @Override
        public Schema schema() {
            asked.add(statement);
            onSchema.run();
            return new Schema(columns(statement).stream()
                    .map(name -> Field.nullable(name, ArrowType.Utf8.INSTANCE))
                    .toList());
        }

        @Override
        public String explain() {
            return (String)
                    rows("EXPLAIN " + statement.sql(), statement.parameters().toArray())
                            .get(0)
                            .get(1);
        }

        @Override
        public long count() {
            return rows(statement).size();
        }

        @Override
        public void cancel() {
            cancelled++;
        }

        @Override
        public BatchStream stream() {
            throw new UnsupportedOperationException();
        }

        @Override
        public ArrowFrame fetch() {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T extends Record> Records<T> as(Class<T> type) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <R> R into(Sink<R> sink) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<Partition> partitions() {
            throw new UnsupportedOperationException();
        }
    }
}
