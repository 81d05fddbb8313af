package dev.bowyer.dataset.delta;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.bowyer.dataset.delta.log.JsonValues;
import dev.bowyer.dataset.lake.LakeFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// The metadata tables, as Arrow IPC streams.
final class MetadataTables {
    private static final int BATCH_ROWS = 16_384;
    private static final ArrowType TEXT = ArrowType.Utf8.INSTANCE;
    private static final ArrowType LONG = new ArrowType.Int(64, true);
    private static final ArrowType MOMENT = new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC");

    private MetadataTables() {}

    /// @param cell [String] or [Long]
    private record Column<T>(String name, ArrowType type, Function<T, @Nullable Object> cell) {}

    /// The newest commit first.
    static byte[] history(List<CommitHistory.Entry> commits, BufferAllocator allocator) {
        return write(
                List.of(
                        new Column<>("version", LONG, CommitHistory.Entry::version),
                        new Column<>("timestamp", MOMENT, CommitHistory.Entry::millis),
                        new Column<>("operation", TEXT, commit -> commit.text("operation")),
                        new Column<>("operation_parameters", TEXT, commit -> commit.json("operationParameters")),
                        new Column<>("operation_metrics", TEXT, commit -> commit.json("operationMetrics")),
                        new Column<>("user_id", TEXT, commit -> commit.text("userId")),
                        new Column<>("user_name", TEXT, commit -> commit.text("userName")),
                        new Column<>("user_metadata", TEXT, commit -> commit.text("userMetadata")),
                        new Column<>("isolation_level", TEXT, commit -> commit.text("isolationLevel")),
                        new Column<>("engine_info", TEXT, MetadataTables::engine)),
                commits.reversed(),
                allocator);
    }

    private static @Nullable String engine(CommitHistory.Entry commit) {
        String engine = commit.text("engineInfo");
        return engine == null ? commit.text("clientVersion") : engine;
    }

    static byte[] files(List<DataFiles.Listed> files, BufferAllocator allocator) {
        return write(
                List.of(
                        new Column<>("path", TEXT, DataFiles.Listed::path),
                        new Column<>("size", LONG, file -> file.file().size()),
                        new Column<>("rows", LONG, file -> file.file().rows()),
                        new Column<>("deleted_rows", LONG, file -> deleted(file.file())),
                        new Column<>("partition", TEXT, file -> json(file.partition())),
                        new Column<>("modified", MOMENT, DataFiles.Listed::modifiedMillis)),
                files,
                allocator);
    }

    private static long deleted(LakeFile file) {
        return file.vector() == null ? 0 : file.vector().rows();
    }

    private static String json(Map<String, @Nullable String> values) {
        try {
            return JsonValues.MAPPER.writeValueAsString(new TreeMap<>(values));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> byte[] write(List<Column<T>> columns, List<T> rows, BufferAllocator allocator) {
        List<Field> fields = new ArrayList<>();
        columns.forEach(column -> fields.add(new Field(column.name(), FieldType.nullable(column.type()), null)));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), allocator);
                ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
            writer.start();
            for (int from = 0; from < rows.size(); from += BATCH_ROWS) {
                List<T> batch = rows.subList(from, Math.min(from + BATCH_ROWS, rows.size()));
                root.allocateNew();
                for (int i = 0; i < columns.size(); i++) {
                    fill(root.getVector(i), batch, columns.get(i));
                }
                root.setRowCount(batch.size());
                writer.writeBatch();
                root.clear();
            }
            writer.end();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static <T> void fill(FieldVector vector, List<T> rows, Column<T> column) {
        for (int row = 0; row < rows.size(); row++) {
            Object cell = column.cell().apply(rows.get(row));
            switch (vector) {
                case VarCharVector texts
                when cell != null -> texts.setSafe(row, cell.toString().getBytes(StandardCharsets.UTF_8));
                case BigIntVector longs when cell != null -> longs.setSafe(row, (Long) cell);
                case TimeStampVector moments when cell != null -> moments.setSafe(row, (Long) cell);
                default -> vector.setNull(row);
            }
        }
        vector.setValueCount(rows.size());
    }
}
