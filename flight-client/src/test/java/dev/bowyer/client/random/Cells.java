package dev.bowyer.client.random;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.util.ArrowBufPointer;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.ElementAddressableVector;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ViewVarBinaryVector;
import org.apache.arrow.vector.ViewVarCharVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.LargeListVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.types.IntervalUnit;
import org.apache.arrow.vector.types.UnionMode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** Reads vectors as the values that {@link RandomValues} describes. Fixed widths are read from the buffers. */
final class Cells {
    private final LongFunction<@Nullable Dictionary> dictionaries;

    Cells(LongFunction<@Nullable Dictionary> dictionaries) {
        this.dictionaries = dictionaries;
    }

    List<@Nullable Object> column(Field field, FieldVector vector, int rows) {
        List<@Nullable Object> column = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            column.add(read(field, vector, row));
        }
        return column;
    }

    /** @param field of the IPC form: type ids of unions and encodings are taken from there */
    @Nullable
    Object read(Field field, FieldVector vector, int row) {
        if (field.getDictionary() != null) {
            return decoded(field, vector, row);
        }
        ArrowType type = RandomFields.stored(field.getType());
        boolean ownNulls = switch (type.getTypeID()) {
            case Union, RunEndEncoded, Null -> false;
            default -> true;
        };
        if (ownNulls && vector.isNull(row)) {
            return null;
        }
        FieldVector stored = vector instanceof ExtensionTypeVector<?> extension
                ? (FieldVector) extension.getUnderlyingVector()
                : vector;
        return switch (type.getTypeID()) {
            case Null -> null;
            case Struct -> struct(field, stored, row);
            case List, LargeList, ListView, LargeListView, Map, FixedSizeList -> items(field, type, stored, row);
            case Union -> union(field, (ArrowType.Union) type, stored, row);
            case RunEndEncoded -> run(field, (RunEndEncodedVector) stored, row);
            case Bool -> ((BitVector) stored).get(row) == 1;
            case Utf8, LargeUtf8, Utf8View -> new String(bytes(stored, row), StandardCharsets.UTF_8);
            case Binary, LargeBinary, BinaryView -> Octets.of(bytes(stored, row));
            default -> fixedWidth(type, stored.getDataBuffer(), row);
        };
    }

    private @Nullable Object decoded(Field field, FieldVector vector, int row) {
        if (vector.isNull(row)) {
            return null;
        }
        long id = field.getDictionary().getId();
        Dictionary dictionary = dictionaries.apply(id);
        if (dictionary == null) {
            throw new AssertionError("no dictionary " + id + " for " + field + ", row " + row);
        }
        int index = Math.toIntExact(((BaseIntVector) vector).getValueAsLong(row));
        if (index >= dictionary.getVector().getValueCount()) {
            throw new AssertionError("index " + index + " in a dictionary of "
                    + dictionary.getVector().getValueCount() + " values, for " + field + ", row " + row);
        }
        return read(RandomFields.valuesOf(field), dictionary.getVector(), index);
    }

    private List<@Nullable Object> struct(Field field, FieldVector vector, int row) {
        List<@Nullable Object> values = new ArrayList<>();
        for (int child = 0; child < field.getChildren().size(); child++) {
            values.add(read(
                    field.getChildren().get(child),
                    vector.getChildrenFromFields().get(child),
                    row));
        }
        return values;
    }

    private List<@Nullable Object> items(Field field, ArrowType type, FieldVector vector, int row) {
        long start;
        long end;
        if (type instanceof ArrowType.FixedSizeList fixed) {
            start = (long) row * fixed.getListSize();
            end = start + fixed.getListSize();
        } else if (vector instanceof ListViewVector view) {
            start = view.getElementStartIndex(row);
            end = view.getElementEndIndex(row);
        } else if (vector instanceof LargeListViewVector view) {
            start = view.getOffsetBuffer().getLong((long) row * Long.BYTES);
            end = start + view.getSizeBuffer().getLong((long) row * Long.BYTES);
        } else if (vector instanceof LargeListVector list) {
            start = list.getElementStartIndex(row);
            end = list.getElementEndIndex(row);
        } else {
            start = ((ListVector) vector).getElementStartIndex(row);
            end = ((ListVector) vector).getElementEndIndex(row);
        }
        List<@Nullable Object> items = new ArrayList<>();
        FieldVector child = vector.getChildrenFromFields().get(0);
        for (long item = start; item < end; item++) {
            items.add(read(field.getChildren().get(0), child, Math.toIntExact(item)));
        }
        return items;
    }

    private Tagged union(Field field, ArrowType.Union type, FieldVector vector, int row) {
        boolean dense = type.getMode() == UnionMode.Dense;
        int typeId = dense ? ((DenseUnionVector) vector).getTypeId(row) : ((UnionVector) vector).getTypeValue(row);
        int within = dense ? ((DenseUnionVector) vector).getOffset(row) : row;
        for (int member = 0; member < type.getTypeIds().length; member++) {
            if (type.getTypeIds()[member] == typeId) {
                FieldVector child = vector.getChildrenFromFields().get(member);
                return new Tagged(typeId, read(field.getChildren().get(member), child, within));
            }
        }
        throw new AssertionError("type id " + typeId + " is not of " + field + ", row " + row);
    }

    private @Nullable Object run(Field field, RunEndEncodedVector vector, int row) {
        return read(field.getChildren().get(1), vector.getValuesVector(), vector.getPhysicalIndex(row));
    }

    private static byte[] bytes(FieldVector vector, int row) {
        // The data pointers of arrow-vector's views point at the beginning of their buffers.
        if (vector instanceof ViewVarCharVector views) {
            return views.get(row);
        } else if (vector instanceof ViewVarBinaryVector views) {
            return views.get(row);
        }
        ArrowBufPointer place = ((ElementAddressableVector) vector).getDataPointer(row);
        byte[] bytes = new byte[Math.toIntExact(place.getLength())];
        ArrowBuf data = place.getBuf();
        if (data != null && bytes.length > 0) {
            data.getBytes(place.getOffset(), bytes);
        }
        return bytes;
    }

    private static Object fixedWidth(ArrowType type, ArrowBuf data, int row) {
        int width = FixedWidths.bytes(type);
        byte[] bytes = new byte[width];
        data.getBytes((long) row * width, bytes);
        if (type instanceof ArrowType.FixedSizeBinary) {
            return Octets.of(bytes);
        } else if (type instanceof ArrowType.Decimal decimal) {
            return new BigDecimal(bigInteger(bytes), decimal.getScale());
        } else if (type instanceof ArrowType.Interval interval) {
            long first = number(bytes, 0, 4);
            return interval.getUnit() == IntervalUnit.YEAR_MONTH
                    ? List.of(first)
                    : interval.getUnit() == IntervalUnit.DAY_TIME
                            ? List.of(first, number(bytes, 4, 4))
                            : List.of(first, number(bytes, 4, 4), number(bytes, 8, 8));
        }
        boolean signed = type instanceof ArrowType.Int integer
                ? integer.getIsSigned()
                : !(type instanceof ArrowType.FloatingPoint);
        return RandomValues.withWidth(number(bytes, 0, width), 8 * width, signed);
    }

    /** With the sign of its last byte. */
    private static long number(byte[] bytes, int from, int width) {
        long number = bytes[from + width - 1];
        for (int i = width - 2; i >= 0; i--) {
            number = number << 8 | (bytes[from + i] & 0xff);
        }
        return number;
    }

    private static BigInteger bigInteger(byte[] littleEndian) {
        byte[] bigEndian = new byte[littleEndian.length];
        for (int i = 0; i < bigEndian.length; i++) {
            bigEndian[i] = littleEndian[bigEndian.length - 1 - i];
        }
        return new BigInteger(bigEndian);
    }
}
