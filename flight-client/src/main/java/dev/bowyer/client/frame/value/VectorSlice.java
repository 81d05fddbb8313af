package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseIntVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * Some rows of a vector as a vector of its own that shares its memory. New memory is taken only for offsets that must begin at
 * zero, run ends, and bits that do not begin at a byte. Used instead of {@code splitAndTransfer} of arrow-java, which copies
 * views, writes into shared run ends and takes the values of a dense union to be in order.
 */
public final class VectorSlice {
    private final BufferAllocator allocator;
    private final List<ArrowBuf> made = new ArrayList<>();

    private final Map<Long, int[]> newIndices;

    private VectorSlice(BufferAllocator allocator, Map<Long, int[]> newIndices) {
        this.allocator = allocator;
        this.newIndices = newIndices;
    }

    /**
     * @param field as {@link FieldTypes#vectorField} returns it
     * @return to be closed by the caller; the memory stays until both vectors are closed
     */
    public static FieldVector of(FieldVector source, Field field, int start, int length) {
        return of(source, field, start, length, Map.of());
    }

    /**
     * As the other, with other indices into dictionaries, at any depth.
     *
     * @param field may have other types of indices
     * @param newIndices by the id of a dictionary: for each index of the source, its own
     */
    public static FieldVector of(FieldVector source, Field field, int start, int length, Map<Long, int[]> newIndices) {
        BufferAllocator allocator = source.getAllocator();
        VectorSlice slice = new VectorSlice(allocator, newIndices);
        FieldVector target = field.createVector(allocator);
        try {
            slice.fill(source, target, start, length);
            return target;
        } catch (OutOfMemoryException e) {
            target.close();
            throw new BowyerException(
                    ErrorCodes.MEMORY_BUDGET,
                    "no memory for a part of the column '" + field.getName() + "': " + e.getMessage(),
                    "raise the limit of the allocator, or close what is not needed",
                    e);
        } catch (IndexOutOfBoundsException | IllegalArgumentException | ArithmeticException e) {
            target.close();
            throw new BowyerException(
                    ErrorCodes.BAD_ANSWER,
                    "the buffers of the column '" + field.getName() + "' do not have the rows " + start + " to "
                            + ((long) start + length) + ": " + e.getMessage(),
                    "the fault is the sender's",
                    e);
        } catch (RuntimeException | Error e) {
            target.close();
            throw e;
        } finally {
            slice.made.forEach(ArrowBuf::close);
        }
    }

    /** Memory of a vector and its children in bytes; where several share some, counted in each. */
    public static long byteCount(FieldVector vector) {
        long bytes = 0;
        for (ArrowBuf buffer : vector.getFieldBuffers()) {
            bytes += buffer.capacity();
        }
        for (FieldVector child : vector.getChildrenFromFields()) {
            bytes += byteCount(child);
        }
        return bytes;
    }

    private void fill(FieldVector source, FieldVector target, int start, int length) {
        if (source instanceof ExtensionTypeVector<?> extension) {
            fill((FieldVector) extension.getUnderlyingVector(), target, start, length);
            return;
        }
        if (target instanceof ExtensionTypeVector<?> extension) {
            fill(source, (FieldVector) extension.getUnderlyingVector(), start, length);
            return;
        }
        DictionaryEncoding encoding = target.getField().getDictionary();
        int[] indices = encoding == null ? null : newIndices.get(encoding.getId());
        if (indices != null) {
            fillIndices((BaseIntVector) source, (BaseFixedWidthVector) target, indices, start, length);
            return;
        }
        List<ArrowBuf> buffers = new ArrayList<>();
        if (source instanceof BitVector) {
            buffers.add(bits(source.getValidityBuffer(), start, length));
            buffers.add(bits(source.getDataBuffer(), start, length));
        } else if (source instanceof BaseFixedWidthVector fixed) {
            buffers.add(bits(source.getValidityBuffer(), start, length));
            buffers.add(fixed(source.getDataBuffer(), start, length, width(fixed)));
        } else if (source instanceof BaseVariableWidthViewVector views) {
            buffers.add(bits(source.getValidityBuffer(), start, length));
            buffers.add(fixed(source.getDataBuffer(), start, length, BaseVariableWidthViewVector.ELEMENT_SIZE));
            buffers.addAll(views.getDataBuffers());
        } else {
            fillByType(source, target, start, length, buffers);
        }
        target.loadFieldBuffers(new ArrowFieldNode(length, nulls(source, length)), buffers);
    }

    private void fillIndices(BaseIntVector source, BaseFixedWidthVector target, int[] indices, int start, int length) {
        int width = target.getTypeWidth();
        ArrowBuf data = make((long) length * width);
        for (int i = 0; i < length; i++) {
            int index = 0; // has no meaning where the row is NULL
            if (!source.isNull(start + i)) {
                long old = source.getValueAsLong(start + i);
                if (old < 0 || old >= indices.length) {
                    throw BowyerException.of(
                            ErrorCodes.BAD_ANSWER,
                            "row " + (start + i) + " of the column '"
                                    + source.getField().getName() + "' refers to value " + old + " of "
                                    + indices.length,
                            "the fault is the sender's");
                }
                index = indices[(int) old];
            }
            switch (width) {
                case 1 -> data.setByte(i, (byte) index);
                case 2 -> data.setShort(i * 2L, (short) index);
                case 4 -> data.setInt(i * 4L, index);
                default -> data.setLong(i * 8L, index);
            }
        }
        ArrowBuf validity = bits(source.getValidityBuffer(), start, length);
        target.loadFieldBuffers(new ArrowFieldNode(length, 0), List.of(validity, data));
    }

    private void fillByType(FieldVector source, FieldVector target, int start, int length, List<ArrowBuf> buffers) {
        switch (source.getField().getType().getTypeID()) {
            case Utf8, Binary -> fillText(source, start, length, 4, buffers);
            case LargeUtf8, LargeBinary -> fillText(source, start, length, 8, buffers);
            case List, Map -> fillList(source, target, start, length, 4, buffers);
            case LargeList -> fillList(source, target, start, length, 8, buffers);
            case FixedSizeList -> {
                int size = ((ArrowType.FixedSizeList) source.getField().getType()).getListSize();
                buffers.add(bits(source.getValidityBuffer(), start, length));
                fillChildren(source, target, Math.multiplyExact(start, size), Math.multiplyExact(length, size));
            }
            case ListView -> {
                buffers.add(bits(source.getValidityBuffer(), start, length));
                buffers.add(fixed(source.getOffsetBuffer(), start, length, 4));
                buffers.add(fixed(((ListViewVector) source).getSizeBuffer(), start, length, 4));
                fillWholeChildren(source, target);
            }
            case LargeListView -> {
                buffers.add(bits(source.getValidityBuffer(), start, length));
                buffers.add(fixed(source.getOffsetBuffer(), start, length, 8));
                buffers.add(fixed(((LargeListViewVector) source).getSizeBuffer(), start, length, 8));
                fillWholeChildren(source, target);
            }
            case Struct -> {
                if (source instanceof StructVector) {
                    buffers.add(bits(source.getValidityBuffer(), start, length));
                }
                fillChildren(source, target, start, length);
            }
            case Union -> fillUnion(source, target, start, length, buffers);
            case RunEndEncoded -> fillRuns((RunEndEncodedVector) source, (RunEndEncodedVector) target, start, length);
            default -> {}
        }
    }

    private void fillText(FieldVector source, int start, int length, int width, List<ArrowBuf> buffers) {
        ArrowBuf offsets = source.getOffsetBuffer();
        buffers.add(bits(source.getValidityBuffer(), start, length));
        buffers.add(offsets(offsets, start, length, width));
        long first = length == 0 ? 0 : offset(offsets, start, width);
        long end = length == 0 ? 0 : offset(offsets, start + length, width);
        ArrowBuf data = source.getDataBuffer();
        checkRange(source, first, end, data.capacity());
        buffers.add(data.slice(first, end - first));
    }

    private void fillList(
            FieldVector source, FieldVector target, int start, int length, int width, List<ArrowBuf> buffers) {
        ArrowBuf offsets = source.getOffsetBuffer();
        buffers.add(bits(source.getValidityBuffer(), start, length));
        buffers.add(offsets(offsets, start, length, width));
        long first = length == 0 ? 0 : offset(offsets, start, width);
        long end = length == 0 ? 0 : offset(offsets, start + length, width);
        checkRange(source, first, end, source.getChildrenFromFields().get(0).getValueCount());
        fillChildren(source, target, (int) first, (int) (end - first));
    }

    private static void checkRange(FieldVector source, long first, long end, long of) {
        if (first < 0 || end < first || end > of) {
            throw BowyerException.of(
                    ErrorCodes.BAD_ANSWER,
                    "offsets of the column '" + source.getField().getName() + "' go from " + first + " to " + end
                            + " of " + of,
                    "the fault is the sender's");
        }
    }

    private void fillUnion(FieldVector source, FieldVector target, int start, int length, List<ArrowBuf> buffers) {
        if (source instanceof UnionVector sparse) {
            buffers.add(fixed(sparse.getTypeBuffer(), start, length, 1));
            fillChildren(source, target, start, length);
        } else if (source instanceof DenseUnionVector dense) {
            buffers.add(fixed(dense.getTypeBuffer(), start, length, 1));
            buffers.add(fixed(dense.getOffsetBuffer(), start, length, 4));
            fillWholeChildren(source, target);
        }
    }

    private void fillRuns(RunEndEncodedVector source, RunEndEncodedVector target, int start, int length) {
        Runs runs = Runs.of(source);
        int first = length == 0 ? 0 : runs.of(start);
        int count = length == 0 ? 0 : runs.of(start + length - 1) - first + 1;
        int width = runs.bits() / 8;
        ArrowBuf ends = make((long) count * width);
        for (int i = 0; i < count; i++) {
            long end = Math.min(runs.end(first + i) - start, length);
            switch (width) {
                case 2 -> ends.setShort(i * 2L, (short) end);
                case 4 -> ends.setInt(i * 4L, (int) end);
                default -> ends.setLong(i * 8L, end);
            }
        }
        target.getRunEndsVector().loadFieldBuffers(new ArrowFieldNode(count, 0), List.of(allocator.getEmpty(), ends));
        fill(source.getValuesVector(), target.getValuesVector(), first, count);
    }

    private void fillChildren(FieldVector source, FieldVector target, int start, int length) {
        List<FieldVector> from = source.getChildrenFromFields();
        List<FieldVector> to = target.getChildrenFromFields();
        for (int i = 0; i < from.size(); i++) {
            fill(from.get(i), to.get(i), start, length);
        }
    }

    private void fillWholeChildren(FieldVector source, FieldVector target) {
        List<FieldVector> from = source.getChildrenFromFields();
        List<FieldVector> to = target.getChildrenFromFields();
        for (int i = 0; i < from.size(); i++) {
            fill(from.get(i), to.get(i), 0, from.get(i).getValueCount());
        }
    }

    /** arrow-java takes decimals of 32 and 64 bits for ones of 128. */
    static int width(BaseFixedWidthVector vector) {
        return vector.getField().getType() instanceof ArrowType.Decimal decimal
                ? decimal.getBitWidth() / 8
                : vector.getTypeWidth();
    }

    private static ArrowBuf fixed(ArrowBuf buffer, int start, int length, int width) {
        return buffer.slice((long) start * width, (long) length * width);
    }

    private ArrowBuf bits(ArrowBuf buffer, int start, int length) {
        int bytes = (length + 7) / 8;
        if (length == 0 || buffer.capacity() == 0) {
            return allocator.getEmpty();
        }
        int first = start >> 3;
        int shift = start & 7;
        if (shift == 0) {
            return buffer.slice(first, bytes);
        }
        ArrowBuf result = make(bytes);
        int last = (start + length - 1) >> 3;
        for (int i = 0; i < bytes; i++) {
            int low = (buffer.getByte(first + i) & 0xff) >> shift;
            int high = first + i < last ? (buffer.getByte(first + i + 1) & 0xff) << (8 - shift) : 0;
            result.setByte(i, (byte) (low | high));
        }
        return result;
    }

    private ArrowBuf offsets(ArrowBuf offsets, int start, int length, int width) {
        if (length == 0) {
            ArrowBuf zero = make(width);
            zero.setZero(0, width);
            return zero;
        }
        long base = offset(offsets, start, width);
        if (base == 0) {
            return fixed(offsets, start, length + 1, width);
        }
        ArrowBuf result = make((length + 1L) * width);
        for (int i = 0; i <= length; i++) {
            long value = offset(offsets, start + i, width) - base;
            if (width == 4) {
                result.setInt(i * 4L, (int) value);
            } else {
                result.setLong(i * 8L, value);
            }
        }
        return result;
    }

    private static long offset(ArrowBuf offsets, int row, int width) {
        return width == 4 ? offsets.getInt(row * 4L) : offsets.getLong(row * 8L);
    }

    private ArrowBuf make(long bytes) {
        ArrowBuf buffer = allocator.buffer(bytes);
        made.add(buffer);
        return buffer;
    }

    /** Only whether there are any matters to {@code loadFieldBuffers}, and only where the buffer is empty. */
    private static int nulls(FieldVector source, int length) {
        if (length == 0 || source.getField().getType() instanceof ArrowType.Null) {
            return length;
        }
        return 0;
    }
}
