package dev.bowyer.dataset.delta.log;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.BinaryType;
import io.delta.kernel.types.BooleanType;
import io.delta.kernel.types.ByteType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.DecimalType;
import io.delta.kernel.types.DoubleType;
import io.delta.kernel.types.FloatType;
import io.delta.kernel.types.IntegerType;
import io.delta.kernel.types.LongType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.ShortType;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructField;
import io.delta.kernel.types.StructType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TinyIntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ViewVarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.MapVector;
import org.apache.arrow.vector.complex.StructVector;
import org.jspecify.annotations.Nullable;

/// Arrow to the values of a [ValueVector]. Copies: an Arrow batch is gone sooner than the kernel lets go of
/// it.
final class ArrowValues {
    /// Reads a cell that is not NULL.
    private interface Reader {
        Object at(int row);
    }

    private ArrowValues() {}

    /// The fields of `type`; those that the rows do not have are NULL.
    static List<@Nullable Object[]> rows(VectorSchemaRoot root, StructType type) {
        List<@Nullable Object[]> rows = new ArrayList<>(root.getRowCount());
        for (int row = 0; row < root.getRowCount(); row++) {
            rows.add(new @Nullable Object[type.length()]);
        }
        for (int i = 0; i < type.length(); i++) {
            FieldVector vector = vector(root.getFieldVectors(), type.at(i));
            if (vector != null) {
                Reader reader = reader(vector, type.at(i).getDataType());
                for (int row = 0; row < rows.size(); row++) {
                    rows.get(row)[i] = cell(vector, reader, row);
                }
            }
        }
        return rows;
    }

    private static @Nullable FieldVector vector(List<FieldVector> vectors, StructField field) {
        for (FieldVector vector : vectors) {
            if (vector.getName().equals(field.getName())) {
                return vector;
            }
        }
        return null;
    }

    private static @Nullable Object cell(FieldVector vector, Reader reader, int row) {
        return vector.isNull(row) ? null : reader.at(row);
    }

    private static Reader reader(FieldVector vector, DataType type) {
        Reader reader = switch (type) {
            case StructType struct when vector instanceof StructVector structs -> struct(structs, struct);
            case MapType map when vector instanceof MapVector maps -> map(maps, map);
            case ArrayType array when vector instanceof ListVector lists -> list(lists, array.getElementType());
            case StringType _ -> text(vector);
            case ByteType _, ShortType _, IntegerType _, LongType _, FloatType _, DoubleType _ -> number(vector);
            case BooleanType _ when vector instanceof BitVector booleans -> row -> booleans.get(row) != 0;
            case DecimalType _ when vector instanceof DecimalVector decimals -> decimals::getObject;
            case BinaryType _ when vector instanceof VarBinaryVector binary -> binary::get;
            default -> null;
        };
        if (reader == null) {
            throw new ServiceException(
                    ErrorCode.SOURCE_INVALID,
                    "column " + vector.getName() + " is of the type "
                            + vector.getField().getType() + " (expected: " + type + ")");
        }
        return reader;
    }

    private static @Nullable Reader text(FieldVector vector) {
        return switch (vector) {
            case VarCharVector texts -> row -> texts.getObject(row).toString();
            case ViewVarCharVector texts -> row -> texts.getObject(row).toString();
            // Text without a logical type.
            case VarBinaryVector texts -> row -> new String(texts.get(row), StandardCharsets.UTF_8);
            default -> null;
        };
    }

    private static @Nullable Reader number(FieldVector vector) {
        return switch (vector) {
            case BigIntVector longs -> longs::get;
            case IntVector ints -> ints::get;
            case SmallIntVector shorts -> shorts::get;
            case TinyIntVector bytes -> bytes::get;
            case Float4Vector floats -> floats::get;
            case Float8Vector doubles -> doubles::get;
            default -> null;
        };
    }

    private static Reader struct(StructVector structs, StructType type) {
        @Nullable FieldVector[] vectors = new @Nullable FieldVector[type.length()];
        @Nullable Reader[] readers = new @Nullable Reader[type.length()];
        for (int i = 0; i < vectors.length; i++) {
            FieldVector child = vector(structs.getChildrenFromFields(), type.at(i));
            if (child != null) {
                vectors[i] = child;
                readers[i] = reader(child, type.at(i).getDataType());
            }
        }
        int stats = type.indexOf(ParsedStats.JSON);
        StructVector parsed = structs.getChild(ParsedStats.STRUCT) instanceof StructVector there ? there : null;
        return row -> {
            @Nullable Object[] fields = new @Nullable Object[vectors.length];
            for (int i = 0; i < fields.length; i++) {
                FieldVector child = vectors[i];
                Reader reader = readers[i];
                fields[i] = child == null || reader == null ? null : cell(child, reader, row);
            }
            if (parsed != null && stats >= 0 && fields[stats] == null && !parsed.isNull(row)) {
                fields[stats] = ParsedStats.json(parsed, row);
            }
            return new ValueVector.Struct(fields);
        };
    }

    private static Reader list(ListVector lists, DataType element) {
        FieldVector items = lists.getDataVector();
        Reader reader = reader(items, element);
        return row -> values(items, reader, lists.getElementStartIndex(row), lists.getElementEndIndex(row));
    }

    private static Reader map(MapVector maps, MapType type) {
        List<FieldVector> entries = ((StructVector) maps.getDataVector()).getChildrenFromFields();
        FieldVector keys = entries.get(0);
        FieldVector values = entries.get(1);
        Reader key = reader(keys, type.getKeyType());
        Reader value = reader(values, type.getValueType());
        return row -> {
            int from = maps.getElementStartIndex(row);
            int to = maps.getElementEndIndex(row);
            return new ValueVector.Pairs(values(keys, key, from, to), values(values, value, from, to));
        };
    }

    private static List<@Nullable Object> values(FieldVector vector, Reader reader, int from, int to) {
        List<@Nullable Object> values = new ArrayList<>(to - from);
        for (int row = from; row < to; row++) {
            values.add(cell(vector, reader, row));
        }
        return values;
    }
}
