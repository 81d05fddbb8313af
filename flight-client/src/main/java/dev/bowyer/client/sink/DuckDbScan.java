package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.arrow.c.ArrowArrayStream;
import org.apache.arrow.c.Data;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/**
 * One statement of DuckDB that reads a stream, without a copy in between. DuckDB scans such a stream once: the view
 * that stands for it is gone after the statement.
 */
final class DuckDbScan {
    /** If DuckDB cannot take this, then it is not because of the type. */
    private static final Field FINE = Field.nullable("fine", new ArrowType.Bool());

    private final DuckDBConnection connection;

    DuckDbScan(Connection connection) throws SQLException {
        if (!connection.isWrapperFor(DuckDBConnection.class)) {
            throw BowyerException.of(
                    ErrorCodes.SINK_FAILED,
                    "not a connection of DuckDB: " + connection.getClass().getName(),
                    "connect to jdbc:duckdb:, or use JdbcSink");
        }
        this.connection = connection.unwrap(DuckDBConnection.class);
    }

    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    /**
     * @param sql the statement, given the name of the view
     * @param target as errors call it
     * @throws BowyerException TYPE_MISMATCH when DuckDB cannot take a column, SINK_FAILED when the statement fails
     */
    long run(BatchStream stream, UnaryOperator<String> sql, String target) {
        Schema schema = stream.schema();
        Encodings.refuseNarrowDecimals(schema, "DuckDB");
        schema.getFields().forEach(field -> refuse(field, field));
        try {
            run(stream, schema, sql);
        } catch (SQLException | RuntimeException e) {
            if (e instanceof BowyerException known) {
                throw known;
            }
            if (failure(FINE) == null) {
                schema.getFields().forEach(this::refuse);
            }
            throw Failure.of(target, e, null);
        }
        return stream.rowsRead();
    }

    private void run(BatchStream stream, Schema schema, UnaryOperator<String> sql) throws SQLException {
        String view = "bowyer_" + UUID.randomUUID().toString().replace('-', '_');
        try (LentMemory memory = new LentMemory();
                ArrowArrayStream exported = ArrowArrayStream.allocateNew(memory.allocator())) {
            BufferAllocator allocator = memory.allocator();
            BatchReader reader = new BatchReader(stream, schema, allocator);
            Data.exportArrayStream(allocator, reader, exported);
            try (Statement statement = connection.createStatement()) {
                beginTransaction(statement);
                connection.registerArrowStream(view, exported);
                statement.execute(sql.apply(view));
            } catch (SQLException | RuntimeException e) {
                if (reader.failure() != null) {
                    throw reader.failure();
                }
                throw e;
            } finally {
                drop(view);
                exported.release(); // if nothing has scanned it
            }
        }
    }

    /**
     * Without auto-commit, the driver begins a transaction with the first statement. The view has to be part of it:
     * after a failure, only rolling back takes it away.
     */
    private void beginTransaction(Statement statement) throws SQLException {
        if (!connection.getAutoCommit()) {
            statement.execute("SELECT 1");
        }
    }

    /** Its pointer must not outlive the stream. Within a failed transaction, rolling back takes the view away. */
    private void drop(String view) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DROP VIEW IF EXISTS temp." + view);
        } catch (SQLException e) {
            return;
        }
    }

    /** What DuckDB 1.5 would not refuse, but read as other values, or die of. */
    private static void refuse(Field column, Field field) {
        ArrowType type = field.getType();
        boolean days = type instanceof ArrowType.Interval interval && interval.getUnit() == IntervalUnit.DAY_TIME;
        boolean partsByIndex =
                field.getDictionary() != null && !field.getChildren().isEmpty();
        boolean tags = type instanceof ArrowType.Union union && !areTags(union.getTypeIds());
        if (days || partsByIndex || tags) {
            throw Failure.mismatch(column.getName(), field, "DuckDB", "cast it in the query");
        }
        field.getChildren().forEach(child -> refuse(column, child));
    }

    private static boolean areTags(int @Nullable [] ids) {
        return ids == null || IntStream.range(0, ids.length).allMatch(i -> ids[i] == i);
    }

    /** Fails when DuckDB cannot take that column alone. */
    private void refuse(Field field) {
        Exception failure = failure(field);
        if (failure != null) {
            throw new BowyerException(
                    ErrorCodes.TYPE_MISMATCH,
                    "column " + field.getName() + ": DuckDB has no form for " + field.getType() + ": "
                            + failure.getMessage(),
                    "cast it in the query",
                    failure);
        }
    }

    private @Nullable Exception failure(Field field) {
        try {
            Schema alone = new Schema(List.of(field));
            run(new NoRows(alone), alone, view -> "SELECT * FROM " + view);
            return null;
        } catch (SQLException | RuntimeException e) {
            return e;
        }
    }

    private record NoRows(Schema schema) implements BatchStream {
        @Override
        public @Nullable Batch next() {
            return null;
        }

        @Override
        public long rowsRead() {
            return 0;
        }

        @Override
        public void cancel() {}

        @Override
        public void close() {}
    }
}
