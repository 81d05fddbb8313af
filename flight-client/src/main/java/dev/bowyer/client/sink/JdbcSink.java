package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Sink;
import dev.bowyer.client.frame.value.ValueReader;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * Rows inserted into a table of a database, by JDBC; the result is the number of rows. Columns are matched by name.
 *
 * <p>All rows or none: they are one transaction, and auto-commit is as before after it. With auto-commit off, they are
 * part of the caller's transaction, who commits, or after a failure rolls back.
 *
 * <p>Integers, floating-point numbers, booleans, texts and binary values go as they are, unsigned integers as the next
 * wider; decimals, dates, times and timestamps too, instants in UTC, but for SQLite, which has no types for them and
 * gets text. Times finer than the column's are rounded by the database. Durations, intervals, UUIDs and values with
 * parts are text, as in {@link CsvSink}.
 *
 * <p>Immutable: each option returns another sink.
 *
 * <pre>{@code
 * client.sql(query).into(JdbcSink.into(connection, "trips").createTable(true));
 * }</pre>
 */
public final class JdbcSink implements Sink<Long> {
    private static final int DEFAULT_BATCH_SIZE = 1000;

    private final Connection connection;
    private final String table;
    private final Options options;

    private JdbcSink(Connection connection, String table, Options options) {
        this.connection = connection;
        this.table = table;
        this.options = options;
    }

    /**
     * @param connection not closed
     * @param table its name as it is, without quotes; it exists
     */
    public static JdbcSink into(Connection connection, String table) {
        return new JdbcSink(connection, table, new Options(null, false, DEFAULT_BATCH_SIZE));
    }

    /** The schema that the table is in; the database's default if not set. */
    public JdbcSink schema(String schema) {
        return new JdbcSink(connection, table, new Options(schema, options.create, options.batchSize));
    }

    /** Whether to create the table, which then must not exist. Its columns can be NULL, and there are no keys. */
    public JdbcSink createTable(boolean create) {
        return new JdbcSink(connection, table, new Options(options.schema, create, options.batchSize));
    }

    /**
     * Rows sent to the database at once; 1000 if not set.
     *
     * @throws BowyerException INVALID_ARGUMENT when below 1
     */
    public JdbcSink batchSize(int rows) {
        if (rows < 1) {
            throw BowyerException.of(ErrorCodes.INVALID_ARGUMENT, "batches of " + rows + " rows", "1 or more");
        }
        return new JdbcSink(connection, table, new Options(options.schema, options.create, rows));
    }

    @Override
    public Long read(BatchSource source) {
        return Reading.of(source, stream -> {
            try {
                return connection.getAutoCommit() ? transaction(stream) : write(stream);
            } catch (SQLException e) {
                throw Failure.of("into the table " + table, e, null);
            }
        });
    }

    private long transaction(BatchStream stream) throws SQLException {
        connection.setAutoCommit(false);
        long rows;
        try {
            rows = write(stream);
            connection.commit();
        } catch (SQLException | RuntimeException | Error e) {
            after(e, connection::rollback);
            after(e, () -> connection.setAutoCommit(true));
            throw e;
        }
        try {
            connection.setAutoCommit(true);
        } catch (SQLException e) {
            throw new BowyerException(
                    ErrorCodes.SINK_FAILED,
                    "all " + rows + " rows are in the table " + table + ", but auto-commit cannot be turned on again: "
                            + e.getMessage(),
                    "do not write them again; close the connection",
                    e);
        }
        return rows;
    }

    /** What went wrong first counts. */
    private static void after(Throwable first, Undoing undoing) {
        try {
            undoing.run();
        } catch (SQLException e) {
            first.addSuppressed(e);
        }
    }

    private long write(BatchStream stream) throws SQLException {
        SqlDialect dialect = SqlDialect.of(connection);
        List<Field> fields = stream.schema().getFields();
        if (fields.isEmpty()) {
            throw BowyerException.of(
                    ErrorCodes.SINK_FAILED, "there are no columns to write into the table " + table, null);
        }
        String target = (options.schema == null ? "" : dialect.quoted(options.schema) + ".") + dialect.quoted(table);
        String names =
                fields.stream().map(field -> dialect.quoted(field.getName())).collect(Collectors.joining(", "));
        if (options.create) {
            create(dialect, target, fields);
        }
        String places = fields.stream().map(field -> "?").collect(Collectors.joining(", "));
        String insert = "INSERT INTO " + target + " (" + names + ") VALUES (" + places + ")";
        try (PreparedStatement statement = connection.prepareStatement(insert)) {
            for (Batch batch : stream) {
                try (batch) {
                    write(batch, dialect, statement);
                }
            }
        }
        return stream.rowsRead();
    }

    private void create(SqlDialect dialect, String target, List<Field> fields) throws SQLException {
        String columns = fields.stream()
                .map(field -> dialect.quoted(field.getName()) + " " + dialect.type(field))
                .collect(Collectors.joining(", "));
        try (Statement statement = connection.createStatement()) {
            statement.execute("CREATE TABLE " + target + " (" + columns + ")");
        }
    }

    private void write(Batch batch, SqlDialect dialect, PreparedStatement statement) throws SQLException {
        List<ValueReader> columns = Columns.of(batch);
        List<Field> fields = batch.schema().getFields();
        int waiting = 0;
        for (int row = 0; row < batch.rowCount(); row++) {
            for (int i = 0; i < columns.size(); i++) {
                Object value = columns.get(i).get(row);
                if (value == null) {
                    statement.setNull(i + 1, Types.NULL);
                } else {
                    statement.setObject(i + 1, dialect.parameter(fields.get(i), value));
                }
            }
            statement.addBatch();
            waiting++;
            if (waiting == options.batchSize) {
                statement.executeBatch();
                waiting = 0;
            }
        }
        if (waiting > 0) {
            statement.executeBatch();
        }
    }

    @FunctionalInterface
    private interface Undoing {
        void run() throws SQLException;
    }

    private record Options(@Nullable String schema, boolean create, int batchSize) {}
}
