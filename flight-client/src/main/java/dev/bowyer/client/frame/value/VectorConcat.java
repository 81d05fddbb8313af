package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.value.ConcatBuffers.Range;
import dev.bowyer.client.frame.value.ConcatBuffers.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.NullVector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.complex.LargeListViewVector;
import org.apache.arrow.vector.complex.ListViewVector;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.complex.UnionVector;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;

/**
 * The rows of several vectors as one vector with memory of its own. Used instead of {@code copyFromSafe} of arrow-java, which
 * copies nested values row by row, and of list views, unions and runs not all as they are.
 */
public final class VectorConcat {
    private static final int TYPE_IDS = 128;

    private final ConcatBuffers memory;

    private VectorConcat(ConcatBuffers memory) {
        this.memory = memory;
    }

    /**
     * @param parts stay the caller's; each of the type of {@code field}
     * @param field as {@link FieldTypes#vectorField} returns it
     * @return to be closed by the caller
     * @throws OutOfMemoryException when the allocator has no memory for it; nothing stays allocated
     * @throws BowyerException BAD_ANSWER when a part refers to values that it does not have; UNIMPLEMENTED when the whole has more
     *     of them than its type can count
     */
    public static FieldVector of(List<FieldVector> parts, Field field, BufferAllocator allocator) {
        FieldVector target = field.createVector(allocator);
        try (ConcatBuffers memory = new ConcatBuffers(allocator)) {
            List<Span> spans = new ArrayList<>();
            parts.forEach(part -> spans.add(Span.of(part)));
            new VectorConcat(memory).fill(spans, target);
            return target;
        } catch (RuntimeException | Error e) {
            target.close();
            throw e;
        }
    }

    private void fill(List<Span> all, FieldVector target) {
        if (target instanceof ExtensionTypeVector<?> extension) {
            fill(all, (FieldVector) extension.getUnderlyingVector());
            return;
        }
        // Without rows a vector may lack buffers too: its one offset, say.
        List<Span> spans = all.stream().filter(span -> span.length() > 0).toList();
        long rows = spans.stream().mapToLong(Span::length).sum();
        ConcatBuffers.checkLength(target, rows, Integer.MAX_VALUE);
        List<ArrowBuf> buffers = new ArrayList<>();
        if (target instanceof BitVector) {
            buffers.add(validity(spans));
            buffers.add(memory.bits(spans, FieldVector::getDataBuffer));
        } else if (target instanceof BaseFixedWidthVector fixed) {
            buffers.add(validity(spans));
            buffers.add(memory.fixed(spans, VectorSlice.width(fixed), FieldVector::getDataBuffer));
        } else if (target instanceof BaseVariableWidthViewVector) {
            buffers.add(validity(spans));
            buffers.addAll(memory.views(spans));
        } else {
            fillByType(spans, target, buffers);
        }
        int nulls = target instanceof NullVector ? (int) rows : 0; // of others, the bits tell
        target.loadFieldBuffers(new ArrowFieldNode(rows, nulls), buffers);
    }

    private ArrowBuf validity(List<Span> spans) {
        return memory.bits(spans, FieldVector::getValidityBuffer);
    }

    private void fillByType(List<Span> spans, FieldVector target, List<ArrowBuf> buffers) {
        switch (target.getField().getType().getTypeID()) {
            case Utf8, Binary -> fillText(spans, target, Integer.BYTES, buffers);
            case LargeUtf8, LargeBinary -> fillText(spans, target, Long.BYTES, buffers);
            case List, Map -> fillList(spans, target, Integer.BYTES, buffers);
            case LargeList -> fillList(spans, target, Long.BYTES, buffers);
            case ListView -> fillListView(spans, target, Integer.BYTES, buffers);
            case LargeListView -> fillListView(spans, target, Long.BYTES, buffers);
            case FixedSizeList -> {
                buffers.add(validity(spans));
                fillChildren(
                        spans,
                        target,
                        ((ArrowType.FixedSizeList) target.getField().getType()).getListSize());
            }
            case Struct -> {
                if (target instanceof StructVector) {
                    buffers.add(validity(spans));
                }
                fillChildren(spans, target, 1);
            }
            case Union -> {
                if (target instanceof DenseUnionVector) {
                    fillDenseUnion(spans, target, buffers);
                } else {
                    buffers.add(memory.fixed(spans, 1, vector -> ((UnionVector) vector).getTypeBuffer()));
                    fillChildren(spans, target, 1);
                }
            }
            case RunEndEncoded -> fillRuns(spans, (RunEndEncodedVector) target);
            default -> {}
        }
    }

    private void fillText(List<Span> spans, FieldVector target, int width, List<ArrowBuf> buffers) {
        List<Range> ranges = ConcatBuffers.ranges(spans, width);
        long bytes = ranges.stream().mapToLong(Range::length).sum();
        ConcatBuffers.checkLength(target, bytes, width == Integer.BYTES ? Integer.MAX_VALUE : Long.MAX_VALUE);
        buffers.add(validity(spans));
        buffers.add(memory.offsets(spans, ranges, width));
        buffers.add(memory.bytes(spans, ranges, bytes));
    }

    private void fillList(List<Span> spans, FieldVector target, int width, List<ArrowBuf> buffers) {
        List<Range> ranges = ConcatBuffers.ranges(spans, width);
        List<Span> elements = new ArrayList<>();
        for (int i = 0; i < ranges.size(); i++) {
            Range range = ranges.get(i);
            elements.add(spans.get(i).below(0, range.first(), range.length()));
        }
        fill(elements, target.getChildrenFromFields().get(0));
        buffers.add(validity(spans));
        buffers.add(memory.offsets(spans, ranges, width));
    }

    /** The elements keep their order, which need not be that of the lists; those before and after all that are in use go. */
    private void fillListView(List<Span> spans, FieldVector target, int width, List<ArrowBuf> buffers) {
        ArrowBuf validity = validity(spans);
        ArrowBuf offsets = memory.fixed(spans, width, FieldVector::getOffsetBuffer);
        ArrowBuf sizes = memory.fixed(spans, width, VectorConcat::sizes);
        List<Span> elements = new ArrayList<>();
        long row = 0;
        long base = 0;
        for (Span span : spans) {
            long low = Long.MAX_VALUE;
            long high = 0;
            for (int i = 0; i < span.length(); i++) {
                long size = ConcatBuffers.get(sizes, row + i, width);
                if (span.vector().isNull(span.start() + i) || size == 0) {
                    // Then anything may lie there.
                    ConcatBuffers.put(sizes, row + i, width, 0);
                    ConcatBuffers.put(offsets, row + i, width, 0);
                    continue;
                }
                long offset = ConcatBuffers.get(offsets, row + i, width);
                span.below(0, offset, size); // throws where there is no such
                low = Math.min(low, offset);
                high = Math.max(high, offset + size);
            }
            for (long i = row; i < row + span.length(); i++) {
                if (ConcatBuffers.get(sizes, i, width) > 0) {
                    ConcatBuffers.put(offsets, i, width, ConcatBuffers.get(offsets, i, width) - low + base);
                }
            }
            if (high > 0) {
                elements.add(span.below(0, low, high - low));
                base += high - low;
            }
            row += span.length();
        }
        fill(elements, target.getChildrenFromFields().get(0));
        buffers.addAll(List.of(validity, offsets, sizes));
    }

    private static ArrowBuf sizes(FieldVector vector) {
        return vector instanceof LargeListViewVector large
                ? large.getSizeBuffer()
                : ((ListViewVector) vector).getSizeBuffer();
    }

    /** @param each rows of a child for each row */
    private void fillChildren(List<Span> spans, FieldVector target, int each) {
        List<FieldVector> children = target.getChildrenFromFields();
        for (int i = 0; i < children.size(); i++) {
            List<Span> below = new ArrayList<>();
            for (Span span : spans) {
                below.add(span.below(i, (long) span.start() * each, (long) span.length() * each));
            }
            fill(below, children.get(i));
        }
    }

    private void fillDenseUnion(List<Span> spans, FieldVector target, List<ArrowBuf> buffers) {
        ArrowBuf types = memory.fixed(spans, 1, vector -> ((DenseUnionVector) vector).getTypeBuffer());
        ArrowBuf offsets = memory.fixed(spans, Integer.BYTES, FieldVector::getOffsetBuffer);
        List<FieldVector> children = target.getChildrenFromFields();
        int[] byType = childByType((DenseUnionVector) target);
        long[] bases = new long[children.size()];
        List<List<Span>> below = new ArrayList<>();
        children.forEach(child -> below.add(new ArrayList<>()));
        long row = 0;
        for (Span span : spans) {
            long end = row + span.length();
            int[] low = new int[children.size()];
            int[] high = new int[children.size()];
            Arrays.fill(low, Integer.MAX_VALUE);
            for (long i = row; i < end; i++) {
                int child = childOf(types.getByte(i), byType);
                if (child >= 0) {
                    int offset = offsets.getInt(i * Integer.BYTES);
                    span.below(child, offset, 1); // throws where there is no such
                    low[child] = Math.min(low[child], offset);
                    high[child] = Math.max(high[child], offset + 1);
                }
            }
            for (long i = row; i < end; i++) {
                int child = childOf(types.getByte(i), byType);
                long offset = child < 0 ? 0 : offsets.getInt(i * Integer.BYTES) - low[child] + bases[child];
                offsets.setInt(i * Integer.BYTES, (int) offset);
            }
            for (int child = 0; child < low.length; child++) {
                if (high[child] > 0) {
                    below.get(child).add(span.below(child, low[child], high[child] - low[child]));
                    bases[child] += high[child] - low[child];
                }
            }
            row = end;
        }
        for (int child = 0; child < children.size(); child++) {
            fill(below.get(child), children.get(child));
        }
        buffers.addAll(List.of(types, offsets));
    }

    /** Of a type that the schema does not name -1: such a row is an error when it is read, and may never be. */
    private static int childOf(byte type, int[] byType) {
        return type < 0 ? -1 : byType[type];
    }

    /** Its field has the children in another order than the vector. */
    private static int[] childByType(DenseUnionVector union) {
        int[] places = new int[TYPE_IDS];
        Arrays.fill(places, -1);
        List<FieldVector> children = union.getChildrenFromFields();
        for (int type = 0; type < TYPE_IDS; type++) {
            for (int child = 0; child < children.size(); child++) {
                if (union.getVectorByType((byte) type) == children.get(child)) {
                    places[type] = child;
                }
            }
        }
        return places;
    }

    private void fillRuns(List<Span> spans, RunEndEncodedVector target) {
        List<Span> values = new ArrayList<>();
        long runCount = 0;
        long rows = 0;
        for (Span span : spans) {
            RunEndEncodedVector source = (RunEndEncodedVector) span.vector();
            Runs runs = Runs.of(source);
            int first = runs.of(span.start());
            int last = runs.of(span.start() + span.length() - 1);
            if (last == runs.count()) {
                throw ConcatBuffers.malformed(source, "has runs that end before its last row");
            }
            values.add(span.below(1, first, last - first + 1L));
            runCount += last - first + 1L;
            rows += span.length();
        }
        int bits = Runs.of(target).bits();
        ConcatBuffers.checkLength(target, rows, bits == Short.SIZE ? Short.MAX_VALUE : Integer.MAX_VALUE);
        ArrowBuf ends = memory.make(runCount * (bits / 8));
        long run = 0;
        long base = 0;
        for (int i = 0; i < spans.size(); i++) {
            Span span = spans.get(i);
            Runs runs = Runs.of((RunEndEncodedVector) span.vector());
            int first = values.get(i).start();
            for (int j = 0; j < values.get(i).length(); j++) {
                long end = Math.min(runs.end(first + j) - span.start(), span.length());
                ConcatBuffers.put(ends, run++, bits / 8, base + end);
            }
            base += span.length();
        }
        target.getRunEndsVector().loadFieldBuffers(new ArrowFieldNode(run, 0), List.of(memory.empty(), ends));
        fill(values, target.getValuesVector());
    }
}
