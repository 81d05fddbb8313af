package dev.bowyer.dataset.delta.log;

import io.delta.kernel.data.ArrayValue;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.types.ArrayType;
import io.delta.kernel.types.DataType;
import io.delta.kernel.types.MapType;
import io.delta.kernel.types.StructType;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A column over plain objects, which the kernel may keep for as long as it likes.
///
/// Values are: [Boolean], [Number] for numbers, dates and timestamps, [BigDecimal], [String], `byte[]`,
/// [Struct] for a struct, [List] for an array and [Pairs] for a map.
record ValueVector(DataType type, int size, Cells cells) implements ColumnVector {
    /// What stands in a row.
    interface Cells {
        @Nullable
        Object at(int row);
    }

    /// The fields of a struct in their order.
    @SuppressWarnings("ArrayRecordComponent")
    record Struct(@Nullable Object[] fields) {}

    /// The entries of a map: a key and a value each.
    record Pairs(List<@Nullable Object> keys, List<@Nullable Object> values) {}

    static ValueVector of(DataType type, List<@Nullable Object> values) {
        return new ValueVector(type, values.size(), values::get);
    }

    private <T> T value(Class<T> as, int row) {
        return as.cast(Objects.requireNonNull(cells.at(row), "the value is NULL"));
    }

    @Override
    public DataType getDataType() {
        return type;
    }

    @Override
    public int getSize() {
        return size;
    }

    @Override
    public void close() {}

    @Override
    public boolean isNullAt(int row) {
        return cells.at(row) == null;
    }

    @Override
    public boolean getBoolean(int row) {
        return value(Boolean.class, row);
    }

    @Override
    public byte getByte(int row) {
        return (byte) getInt(row);
    }

    @Override
    public short getShort(int row) {
        return (short) getInt(row);
    }

    @Override
    public int getInt(int row) {
        return Math.toIntExact(getLong(row));
    }

    @Override
    public long getLong(int row) {
        return value(Number.class, row).longValue();
    }

    @Override
    public float getFloat(int row) {
        return value(Number.class, row).floatValue();
    }

    @Override
    public double getDouble(int row) {
        return value(Number.class, row).doubleValue();
    }

    @Override
    public byte[] getBinary(int row) {
        return value(byte[].class, row);
    }

    // The kernel asks for the value of a row that is NULL, too, of these three types.
    @Override
    @SuppressWarnings("NullAway")
    public String getString(int row) {
        return (String) cells.at(row);
    }

    @Override
    @SuppressWarnings("NullAway")
    public ArrayValue getArray(int row) {
        return cells.at(row) instanceof List<?> list ? array(list) : null;
    }

    @Override
    @SuppressWarnings("NullAway")
    public MapValue getMap(int row) {
        return cells.at(row) instanceof Pairs pairs ? map(pairs) : null;
    }

    @Override
    public BigDecimal getDecimal(int row) {
        return value(BigDecimal.class, row);
    }

    @Override
    public ColumnVector getChild(int ordinal) {
        DataType child = ((StructType) type).at(ordinal).getDataType();
        return new ValueVector(
                child, size, row -> cells.at(row) instanceof Struct struct ? struct.fields()[ordinal] : null);
    }

    private ArrayValue array(List<?> list) {
        ColumnVector elements = new ValueVector(((ArrayType) type).getElementType(), list.size(), list::get);
        return new ArrayValue() {
            @Override
            public int getSize() {
                return list.size();
            }

            @Override
            public ColumnVector getElements() {
                return elements;
            }
        };
    }

    private MapValue map(Pairs pairs) {
        MapType map = (MapType) type;
        return new MapValue() {
            @Override
            public int getSize() {
                return pairs.keys().size();
            }

            @Override
            public ColumnVector getKeys() {
                return of(map.getKeyType(), pairs.keys());
            }

            @Override
            public ColumnVector getValues() {
                return of(map.getValueType(), pairs.values());
            }
        };
    }
}
