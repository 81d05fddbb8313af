package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.VariableWidthFieldVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;

/**
 * One dictionary of the values of several, each value once by its bytes, in the order in which they come. While it is made,
 * the distinct values are held as Java objects.
 */
public final class DictionaryMerge {
    private record Place(FieldVector dictionary, int row) {}

    private final Field values;
    private final Map<@Nullable Object, Integer> indices = new HashMap<>();
    private final List<Place> places = new ArrayList<>();

    /**
     * @param field dictionary-encoded, as in an IPC schema
     * @throws BowyerException UNIMPLEMENTED when the values are nested
     */
    public DictionaryMerge(Field field) {
        this.values = FieldTypes.withoutDictionary(field);
        if (!field.getChildren().isEmpty()) {
            throw BowyerException.of(
                    ErrorCodes.UNIMPLEMENTED,
                    "the column '" + field.getName() + "' has dictionaries of " + FieldTypes.describe(values)
                            + ", which cannot be made one",
                    "read its values: they are right as they are");
        }
    }

    /** The index that each value of a dictionary has in the merged one. The vector stays the caller's, until {@link #merged}. */
    public int[] add(FieldVector dictionary) {
        IntFunction<@Nullable Object> keys = keys(dictionary);
        int[] result = new int[dictionary.getValueCount()];
        for (int row = 0; row < result.length; row++) {
            Object key = keys.apply(row);
            Integer index = indices.putIfAbsent(key, places.size());
            if (index == null) {
                index = places.size();
                places.add(new Place(dictionary, row));
            }
            result[row] = index;
        }
        return result;
    }

    /** By the bytes: not all values are Java objects that tell them apart, such as text that is not UTF-8. */
    private IntFunction<@Nullable Object> keys(FieldVector dictionary) {
        FieldVector vector = storage(dictionary);
        if (vector instanceof BaseFixedWidthVector fixed && !(vector instanceof BitVector)) {
            int width = VectorSlice.width(fixed);
            return row -> {
                byte[] bytes = new byte[width];
                if (vector.isNull(row)) {
                    return null;
                }
                vector.getDataBuffer().getBytes((long) row * width, bytes);
                return ByteBuffer.wrap(bytes);
            };
        }
        if (vector instanceof VariableWidthFieldVector) {
            ByteValues bytes = ByteValues.of(vector);
            return row -> vector.isNull(row) ? null : ByteBuffer.wrap(bytes.get(row));
        }
        return ValueReader.of(values, dictionary, id -> null)::get;
    }

    /** Number of distinct values. */
    public int size() {
        return places.size();
    }

    /**
     * The values, to be closed by the caller.
     *
     * @throws BowyerException MEMORY_BUDGET when the allocator has no memory for them
     */
    public FieldVector merged(BufferAllocator allocator) {
        FieldVector result = FieldTypes.vectorField(values).createVector(allocator);
        try {
            FieldVector target = storage(result);
            if (target instanceof BaseFixedWidthVector fixed && !(target instanceof BitVector)) {
                copyFixed(fixed, allocator);
            } else {
                for (int i = 0; i < places.size() && !(target instanceof NullVector); i++) {
                    target.copyFromSafe(
                            places.get(i).row(), i, storage(places.get(i).dictionary()));
                }
                target.setValueCount(places.size());
            }
            return result;
        } catch (OutOfMemoryException e) {
            result.close();
            throw new BowyerException(
                    ErrorCodes.MEMORY_BUDGET,
                    "no memory for the dictionary of the column '" + values.getName() + "': " + e.getMessage(),
                    "raise the limit of the allocator, or close what is not needed",
                    e);
        } catch (RuntimeException | Error e) {
            result.close();
            throw e;
        }
    }

    /** By the width of the type: arrow-java would copy decimals of 32 and 64 bits as ones of 128. */
    private void copyFixed(BaseFixedWidthVector target, BufferAllocator allocator) {
        int width = VectorSlice.width(target);
        int count = places.size();
        try (ArrowBuf validity = allocator.buffer(BitVectorHelper.getValidityBufferSizeFromCount(Math.max(1, count)));
                ArrowBuf data = allocator.buffer((long) Math.max(1, count) * width)) {
            validity.setZero(0, validity.capacity());
            data.setZero(0, data.capacity());
            for (int i = 0; i < count; i++) {
                FieldVector source = storage(places.get(i).dictionary());
                int row = places.get(i).row();
                if (!source.isNull(row)) {
                    BitVectorHelper.setBit(validity, i);
                    data.setBytes((long) i * width, source.getDataBuffer(), (long) row * width, width);
                }
            }
            target.loadFieldBuffers(new ArrowFieldNode(count, 0), List.of(validity, data));
        }
    }

    private static FieldVector storage(FieldVector vector) {
        return vector instanceof ExtensionTypeVector<?> extension
                ? (FieldVector) extension.getUnderlyingVector()
                : vector;
    }
}
