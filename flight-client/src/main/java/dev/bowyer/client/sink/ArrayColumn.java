package dev.bowyer.client.sink;

import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.SharedDictionary;
import dev.bowyer.client.frame.value.FieldTypes;
import dev.bowyer.client.frame.value.ValueReader;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/** One column as arrays, one a batch, which become one at the end. */
final class ArrayColumn {
    private final Field field;
    private final Class<?> component;
    private final List<Object> chunks = new ArrayList<>();
    /** Rows that are NULL; there, an array of primitives has any value. */
    private final BitSet nulls = new BitSet();

    private int size;

    private final Map<Object, Object> shared = new HashMap<>();
    private @Nullable SharedDictionary dictionary;
    /** Values of the dictionary, as far as they were asked for. */
    private @Nullable Object[] entries = new @Nullable Object[0];

    ArrayColumn(Field field) {
        this.field = field;
        this.component = component(FieldTypes.javaType(field));
    }

    private static Class<?> component(Class<?> java) {
        if (java == Boolean.class) {
            return boolean.class;
        } else if (java == Byte.class || java == Short.class || java == Integer.class) {
            return int.class;
        } else if (java == Long.class) {
            return long.class;
        } else if (java == Float.class) {
            return float.class;
        }
        return java == Double.class ? double.class : Object.class;
    }

    /** Appends that column of the batch. */
    void add(Batch batch, int column) {
        int rows = batch.rowCount();
        FieldVector vector = batch.vector(column);
        Object chunk = Array.newInstance(component, rows);
        chunks.add(chunk);
        if (component == Object.class) {
            fill((@Nullable Object[]) chunk, batch, vector);
        } else {
            ValueReader values = ValueReader.of(field, vector, batch::dictionary);
            markNulls(vector, values, rows);
            if (rows > 0 && (field.getDictionary() != null || !copy(vector, chunk, rows))) {
                fill(chunk, values, rows);
            }
        }
        size += rows;
    }

    private void markNulls(FieldVector vector, ValueReader values, int rows) {
        boolean ownNulls = field.getDictionary() == null && field.getChildren().isEmpty();
        if (ownNulls && vector.getNullCount() == 0) {
            return;
        }
        for (int row = 0; row < rows; row++) {
            if (values.isNull(row)) {
                nulls.set(size + row);
            }
        }
    }

    /** Copies the memory where the vector's is that of the array. */
    private static boolean copy(FieldVector vector, Object chunk, int rows) {
        if (chunk instanceof int[] ints && vector instanceof IntVector && fits(rows, Integer.BYTES)) {
            memory(vector, rows * Integer.BYTES).asIntBuffer().get(ints);
        } else if (chunk instanceof long[] longs && vector instanceof BigIntVector && fits(rows, Long.BYTES)) {
            memory(vector, rows * Long.BYTES).asLongBuffer().get(longs);
        } else if (chunk instanceof float[] floats && vector instanceof Float4Vector && fits(rows, Float.BYTES)) {
            memory(vector, rows * Float.BYTES).asFloatBuffer().get(floats);
        } else if (chunk instanceof double[] doubles && vector instanceof Float8Vector && fits(rows, Double.BYTES)) {
            memory(vector, rows * Double.BYTES).asDoubleBuffer().get(doubles);
        } else {
            return false;
        }
        return true;
    }

    /** Byte buffers end at 2 GiB. */
    private static boolean fits(int rows, int width) {
        return (long) rows * width <= Integer.MAX_VALUE;
    }

    private static ByteBuffer memory(FieldVector vector, int bytes) {
        return vector.getDataBuffer().nioBuffer(0, bytes).order(ByteOrder.nativeOrder());
    }

    private void fill(Object chunk, ValueReader values, int rows) {
        for (int row = 0; row < rows; row++) {
            if (nulls.get(size + row)) {
                continue;
            }
            if (chunk instanceof int[] ints) {
                ints[row] = (int) values.getLong(row);
            } else if (chunk instanceof long[] longs) {
                longs[row] = values.getLong(row);
            } else if (chunk instanceof boolean[] booleans) {
                booleans[row] = values.getBoolean(row);
            } else if (chunk instanceof float[] floats) {
                floats[row] = (float) values.getDouble(row);
            } else {
                ((double[]) chunk)[row] = values.getDouble(row);
            }
        }
    }

    private void fill(@Nullable Object[] objects, Batch batch, FieldVector vector) {
        if (field.getDictionary() != null) {
            fill(objects, batch, (BaseIntVector) vector);
            return;
        }
        ValueReader values = ValueReader.of(field, vector, batch::dictionary);
        for (int row = 0; row < objects.length; row++) {
            objects[row] = values.get(row);
        }
    }

    /** Equal values are one object, also where batches have dictionaries of their own. */
    private void fill(@Nullable Object[] objects, Batch batch, BaseIntVector indices) {
        SharedDictionary current = Encodings.dictionary(batch, field);
        if (current == null) {
            checkAllNull(indices);
            return;
        }
        FieldVector vector = current.dictionary().getVector();
        if (!current.equals(dictionary) || !field.getChildren().isEmpty()) { // parts may have dictionaries that changed
            dictionary = current;
            entries = new @Nullable Object[vector.getValueCount()];
        }
        ValueReader values = ValueReader.of(Encodings.values(field), vector, batch::dictionary);
        for (int row = 0; row < objects.length; row++) {
            if (indices.isNull(row)) {
                continue;
            }
            int index = Encodings.index(field, indices, row, entries.length);
            Object value = entries[index];
            if (value == null) {
                value = values.get(index);
                if (value != null) {
                    Object known = shared.putIfAbsent(value, value);
                    value = known == null ? value : known;
                    entries[index] = value;
                }
            }
            objects[row] = value;
        }
    }

    private void checkAllNull(BaseIntVector indices) {
        for (int row = 0; row < indices.getValueCount(); row++) {
            if (!indices.isNull(row)) {
                Encodings.index(field, indices, row, 0);
            }
        }
    }

    /**
     * The rows as an array of their number: of primitives, or when one is NULL, or there are no primitives, Object[].
     * Once.
     */
    Object take() {
        boolean boxed = !nulls.isEmpty();
        Object all = boxed ? new @Nullable Object[size] : Array.newInstance(component, size);
        int start = 0;
        for (int i = 0; i < chunks.size(); i++) {
            Object chunk = chunks.set(i, List.of());
            int rows = Array.getLength(chunk);
            if (boxed) {
                box(chunk, rows, (@Nullable Object[]) all, start);
            } else {
                System.arraycopy(chunk, 0, all, start, rows);
            }
            start += rows;
        }
        return all;
    }

    private void box(Object chunk, int rows, @Nullable Object[] all, int start) {
        for (int row = 0; row < rows; row++) {
            if (!nulls.get(start + row)) {
                all[start + row] = Array.get(chunk, row);
            }
        }
    }
}
