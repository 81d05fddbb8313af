package dev.bowyer.dataset.lake;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.function.Function;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FixedSizeBinaryVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Writes a list of files as the Arrow IPC stream of [LakeFiles#files]. Columns that no file has a value for
/// are left out, unless a group says that they are constants.
public final class LakeFilesWriter {
    /// Files in one batch.
    private static final int BATCH_ROWS = 16_384;

    private static final ArrowType TEXT = ArrowType.Utf8.INSTANCE;
    private static final ArrowType BINARY = ArrowType.Binary.INSTANCE;
    private static final ArrowType LONG = new ArrowType.Int(64, true);
    private static final ArrowType INT = new ArrowType.Int(32, true);

    /// What stands in one column for a file.
    private interface Cell {
        @Nullable
        Object of(LakeFile file);
    }

    private final List<Field> fields = new ArrayList<>();
    /// By the name of the column.
    private final SequencedMap<String, Cell> values = new LinkedHashMap<>();

    private LakeFilesWriter() {}

    /// @param schema of the table
    /// @param allocator for the time of the call
    /// @return an Arrow IPC stream
    public static byte[] write(Schema schema, List<LakeFile> files, BufferAllocator allocator) {
        return write(schema, List.of(), files, allocator);
    }

    /// @param schema of the table
    /// @param groups whose constants may be NULL in all files
    /// @param allocator for the time of the call
    /// @return an Arrow IPC stream
    public static byte[] write(
            Schema schema, List<LakeFiles.Group> groups, List<LakeFile> files, BufferAllocator allocator) {
        LakeFilesWriter writer = new LakeFilesWriter();
        writer.columns(schema, groups, files);
        return writer.write(files, allocator);
    }

    private void columns(Schema schema, List<LakeFiles.Group> groups, List<LakeFile> files) {
        add("path", TEXT, LakeFile::path);
        add("size", LONG, LakeFile::size);
        add("rows", LONG, LakeFile::rows);
        add("group", INT, LakeFile::group);
        addIfAny(files, "recorded", TEXT, LakeFile::recorded);
        Field item = new Field("item", FieldType.notNullable(INT), null);
        fields.add(new Field("position_deletes", FieldType.notNullable(ArrowType.List.INSTANCE), List.of(item)));
        values.put("position_deletes", LakeFile::positionDeletes);
        if (files.stream().anyMatch(file -> file.vector() != null)) {
            add("dv_path", TEXT, vector(LakeFile.DeletionVector::path));
            add("dv_offset", LONG, vector(LakeFile.DeletionVector::offset));
            add("dv_length", LONG, vector(LakeFile.DeletionVector::length));
            add("dv_inline", BINARY, vector(LakeFile.DeletionVector::inline));
            add("dv_rows", LONG, vector(LakeFile.DeletionVector::rows));
        }
        TreeSet<Integer> constants = new TreeSet<>();
        TreeSet<Integer> bounds = new TreeSet<>();
        groups.forEach(group -> constants.addAll(group.constants()));
        files.forEach(file -> {
            constants.addAll(file.constants().keySet());
            bounds.addAll(file.bounds().keySet());
        });
        for (int i : constants) {
            add(
                    "constant:" + i,
                    schema.getFields().get(i).getType(),
                    file -> file.constants().get(i));
        }
        for (int i : bounds) {
            ArrowType type = schema.getFields().get(i).getType();
            addIfAny(files, "min:" + i, type, of(i, LakeFile.Bounds::min));
            addIfAny(files, "max:" + i, type, of(i, LakeFile.Bounds::max));
            addIfAny(files, "nulls:" + i, LONG, of(i, LakeFile.Bounds::nulls));
            addIfAny(files, "nans:" + i, LONG, of(i, LakeFile.Bounds::nans));
        }
        files.stream()
                .flatMap(file -> file.buckets().keySet().stream())
                .distinct()
                .forEach(key -> add(
                        "bucket:" + key.column() + ":" + key.count(),
                        INT,
                        file -> file.buckets().get(key)));
    }

    private static Cell vector(Function<LakeFile.DeletionVector, @Nullable Object> part) {
        return file -> file.vector() == null ? null : part.apply(file.vector());
    }

    private static Cell of(int column, Function<LakeFile.Bounds, @Nullable Object> part) {
        return file -> {
            LakeFile.Bounds known = file.bounds().get(column);
            return known == null ? null : part.apply(known);
        };
    }

    private void addIfAny(List<LakeFile> files, String name, ArrowType type, Cell value) {
        if (files.stream().anyMatch(file -> value.of(file) != null)) {
            add(name, type, value);
        }
    }

    private void add(String name, ArrowType type, Cell value) {
        fields.add(new Field(name, FieldType.nullable(type), null));
        values.put(name, value);
    }

    private byte[] write(List<LakeFile> files, BufferAllocator allocator) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(new Schema(fields), allocator);
                ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
            writer.start();
            for (int from = 0; from < files.size(); from += BATCH_ROWS) {
                List<LakeFile> batch = files.subList(from, Math.min(from + BATCH_ROWS, files.size()));
                root.allocateNew();
                values.forEach((name, value) -> fill(root.getVector(name), batch, value));
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

    private static void fill(FieldVector vector, List<LakeFile> files, Cell value) {
        for (int row = 0; row < files.size(); row++) {
            Object cell = value.of(files.get(row));
            if (cell != null) {
                set(vector, row, cell);
            }
        }
        vector.setValueCount(files.size());
    }

    private static void set(FieldVector vector, int row, Object value) {
        switch (vector) {
            case VarCharVector texts -> texts.setSafe(row, value.toString().getBytes(StandardCharsets.UTF_8));
            case BigIntVector longs -> longs.setSafe(row, ((Number) value).longValue());
            case IntVector ints -> ints.setSafe(row, ((Number) value).intValue());
            case SmallIntVector shorts -> shorts.setSafe(row, ((Number) value).intValue());
            case TinyIntVector bytes -> bytes.setSafe(row, ((Number) value).intValue());
            case BitVector booleans -> booleans.setSafe(row, (Boolean) value ? 1 : 0);
            case Float4Vector floats -> floats.setSafe(row, ((Number) value).floatValue());
            case Float8Vector doubles -> doubles.setSafe(row, ((Number) value).doubleValue());
            case DateDayVector days -> days.setSafe(row, ((Number) value).intValue());
            case TimeMicroVector times -> times.setSafe(row, ((Number) value).longValue());
            case TimeStampVector stamps -> stamps.setSafe(row, ((Number) value).longValue());
            case DecimalVector decimals ->
                decimals.setSafe(row, ((BigDecimal) value).setScale(decimals.getScale(), RoundingMode.UNNECESSARY));
            case FixedSizeBinaryVector fixed -> fixed.setSafe(row, (byte[]) value);
            case VarBinaryVector binary -> binary.setSafe(row, (byte[]) value);
            case ListVector list -> set(list, row, (List<?>) value);
            default -> throw new IllegalArgumentException(vector.getField() + ": values of this type are not listed");
        }
    }

    private static void set(ListVector list, int row, List<?> values) {
        int start = list.startNewValue(row);
        IntVector items = (IntVector) list.getDataVector();
        for (int i = 0; i < values.size(); i++) {
            items.setSafe(start + i, (Integer) values.get(i));
        }
        list.endValue(row, values.size());
    }
}
