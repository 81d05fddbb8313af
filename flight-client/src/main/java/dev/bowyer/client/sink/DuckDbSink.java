package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.Sink;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Rows into a table of DuckDB, through Arrow's C data interface: {@code org.duckdb:duckdb_jdbc} and {@code
 * org.apache.arrow:arrow-c-data} must be on the class path. Each is one statement: all rows arrive, or none.
 *
 * <p>DuckDB decides which of its types a column has. Half floats, decimals of other than 128 bits, intervals of days
 * and milliseconds, dense unions, sparse ones whose type ids do not count from 0, and dictionaries whose values have
 * parts are a TYPE_MISMATCH. Times and timestamps without a zone keep their nanoseconds. Timestamps with a zone,
 * durations and intervals have microseconds: what is finer is cut off towards zero, which is 1970 for timestamps.
 *
 * <p>The connection is the caller's, and must not be used by others meanwhile.
 *
 * <pre>{@code
 * try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:")) {
 *     client.sql(query).into(DuckDbSink.into(duckdb, "trips", DuckDbSink.Mode.CREATE));
 * }
 * }</pre>
 */
public final class DuckDbSink {
    private DuckDbSink() {}

    /** What is done with the table. */
    public enum Mode {
        /** It is created, and must not exist. */
        CREATE,
        /** It is created, in place of one that exists. */
        REPLACE,
        /** It exists; columns are matched by name, those that it has more get their defaults. */
        APPEND
    }

    /**
     * @param table its name as it is, without quotes, in the schema that is set for the connection
     * @return a sink whose result is the number of rows
     */
    public static Sink<Long> into(Connection connection, String table, Mode mode) {
        Failure.requireDuckDb();
        String name = DuckDbScan.quoted(table);
        UnaryOperator<String> sql = switch (mode) {
            case CREATE -> view -> "CREATE TABLE " + name + " AS FROM " + view;
            case REPLACE -> view -> "CREATE OR REPLACE TABLE " + name + " AS FROM " + view;
            case APPEND -> view -> "INSERT INTO " + name + " BY NAME FROM " + view;
        };
        Target target = new Target(connection, table, mode == Mode.APPEND);
        return source -> read(target, source, sql);
    }

    /**
     * A temporary table, which is there until it is closed. It is a copy, because DuckDB scans an Arrow stream once,
     * and queries that name a table twice, as joins of it with itself, scan it twice.
     *
     * @param name as it is, without quotes; hides a table of the same name, and replaces a temporary one
     */
    public static Sink<Table> register(Connection connection, String name) {
        Failure.requireDuckDb();
        String quoted = DuckDbScan.quoted(name);
        return source -> new Table(
                connection,
                name,
                read(
                        new Target(connection, name, false),
                        source,
                        view -> "CREATE OR REPLACE TEMP TABLE " + quoted + " AS FROM " + view));
    }

    private static long read(Target target, BatchSource source, UnaryOperator<String> sql) {
        return Reading.of(source, stream -> {
            String words = "into the table " + target.table + " of DuckDB";
            try {
                DuckDbScan scan = new DuckDbScan(target.connection);
                if (target.exists) {
                    target.check(stream.schema());
                }
                return scan.run(stream, sql, words);
            } catch (SQLException e) {
                throw Failure.of(words, e, "pass an open connection of DuckDB");
            }
        });
    }

    /** @param exists whether the table must be there */
    private record Target(Connection connection, String table, boolean exists) {
        /** DuckDB itself does not name what is missing. */
        void check(Schema schema) throws SQLException {
            List<String> columns = columns();
            for (Field field : schema.getFields()) {
                if (columns.stream().noneMatch(field.getName()::equalsIgnoreCase)) {
                    throw BowyerException.of(
                            ErrorCodes.SINK_FAILED,
                            "the table " + table + " of DuckDB has no column " + field.getName() + ", but "
                                    + String.join(", ", columns),
                            "name it as the table does, by AS in the query, or use Mode.REPLACE");
                }
            }
        }

        private List<String> columns() throws SQLException {
            if (connection.isClosed()) {
                throw new SQLException("the connection is closed");
            }
            List<String> columns = new ArrayList<>();
            try (Statement statement = connection.createStatement();
                    ResultSet none = statement.executeQuery("FROM " + DuckDbScan.quoted(table) + " LIMIT 0")) {
                ResultSetMetaData data = none.getMetaData();
                for (int i = 1; i <= data.getColumnCount(); i++) {
                    columns.add(data.getColumnName(i));
                }
            } catch (SQLException e) {
                throw new BowyerException(
                        ErrorCodes.SINK_FAILED,
                        "there is no table " + table + " of DuckDB to append to: " + e.getMessage(),
                        "use Mode.CREATE, or check the schema that is set for the connection",
                        e);
            }
            return columns;
        }
    }

    /**
     * A temporary table of a connection.
     *
     * @param rows their number
     */
    public record Table(Connection connection, String name, long rows) implements AutoCloseable {
        /**
         * Drops the table; does nothing when the connection is closed.
         *
         * @throws BowyerException SINK_FAILED when DuckDB does not let it
         */
        @Override
        public void close() {
            try {
                if (!connection.isClosed()) {
                    try (Statement statement = connection.createStatement()) {
                        statement.execute("DROP TABLE IF EXISTS temp." + DuckDbScan.quoted(name));
                    }
                }
            } catch (SQLException e) {
                throw Failure.of("dropping the table " + name, e, null);
            }
        }
    }
}
