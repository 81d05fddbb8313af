package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.ExtensionTypeVector;
import org.apache.arrow.vector.FieldVector;

/** New buffers that hold those of several vectors one after the other. Closes its own holds on them. */
final class ConcatBuffers implements AutoCloseable {
    private static final int VIEW = BaseVariableWidthViewVector.ELEMENT_SIZE;
    private static final int INLINE = BaseVariableWidthViewVector.INLINE_SIZE;
    private static final int VIEW_BUFFER = 8;
    private static final int VIEW_OFFSET = 12;

    private final BufferAllocator allocator;
    private final List<ArrowBuf> made = new ArrayList<>();

    ConcatBuffers(BufferAllocator allocator) {
        this.allocator = allocator;
    }

    /** Some rows of a vector that is not of an extension type. */
    record Span(FieldVector vector, int start, int length) {
        static Span of(FieldVector vector) {
            return new Span(storage(vector), 0, vector.getValueCount());
        }

        /** @throws BowyerException BAD_ANSWER when the child does not have these rows */
        Span below(int child, long first, long count) {
            FieldVector rows = vector.getChildrenFromFields().get(child);
            int all = rows.getValueCount();
            if (first < 0 || count < 0 || first > all - count) {
                throw malformed(vector, "refers to " + count + " values from " + first + ", of " + all);
            }
            return new Span(storage(rows), (int) first, (int) count);
        }

        private static FieldVector storage(FieldVector vector) {
            return vector instanceof ExtensionTypeVector<?> extension
                    ? storage((FieldVector) extension.getUnderlyingVector())
                    : vector;
        }
    }

    /** Where the bytes or values of a span lie in what its offsets point to. */
    record Range(long first, long length) {}

    static BowyerException malformed(FieldVector vector, String what) {
        return BowyerException.of(
                ErrorCodes.BAD_ANSWER, "the column '" + vector.getName() + "' " + what, "the fault is the sender's");
    }

    /** @throws BowyerException UNIMPLEMENTED when {@code count} is more than the type can count */
    static void checkLength(FieldVector target, long count, long most) {
        if (count > most) {
            throw BowyerException.of(
                    ErrorCodes.UNIMPLEMENTED,
                    "the column '" + target.getName() + "' has " + count + " values or bytes in all, more than " + most
                            + ", the most its type can have",
                    "let the server replace its dictionary when it grows, or use a type with 64-bit offsets");
        }
    }

    ArrowBuf make(long bytes) {
        ArrowBuf buffer = allocator.buffer(bytes);
        made.add(buffer);
        return buffer;
    }

    ArrowBuf empty() {
        return allocator.getEmpty();
    }

    ArrowBuf fixed(List<Span> spans, int width, Function<FieldVector, ArrowBuf> buffer) {
        long rows = 0;
        for (Span span : spans) {
            rows += span.length();
        }
        ArrowBuf result = make(rows * width);
        long at = 0;
        for (Span span : spans) {
            long bytes = (long) span.length() * width;
            result.setBytes(at, buffer.apply(span.vector()), (long) span.start() * width, bytes);
            at += bytes;
        }
        return result;
    }

    ArrowBuf bits(List<Span> spans, Function<FieldVector, ArrowBuf> buffer) {
        long rows = 0;
        for (Span span : spans) {
            rows += span.length();
        }
        ArrowBuf result = make((rows + 7) / 8);
        result.setZero(0, result.capacity());
        long at = 0;
        for (Span span : spans) {
            ArrowBuf source = buffer.apply(span.vector());
            for (int i = 0; i < span.length(); i += 8) {
                int count = Math.min(8, span.length() - i);
                write(result, at + i, count, read(source, span.start() + i, count));
            }
            at += span.length();
        }
        return result;
    }

    /** Up to eight bits from any place. */
    private static int read(ArrowBuf source, int first, int count) {
        long place = first >> 3;
        int shift = first & 7;
        int bits = (source.getByte(place) & 0xff) >> shift;
        if (shift + count > 8) {
            bits |= (source.getByte(place + 1) & 0xff) << (8 - shift);
        }
        return bits & ((1 << count) - 1);
    }

    /** To a place that is zero. */
    private static void write(ArrowBuf target, long first, int count, int bits) {
        long place = first >> 3;
        int shift = (int) (first & 7);
        target.setByte(place, (byte) (target.getByte(place) | bits << shift));
        if (shift + count > 8) {
            target.setByte(place + 1, (byte) (bits >> (8 - shift)));
        }
    }

    /** What the offsets of each span enclose. */
    static List<Range> ranges(List<Span> spans, int width) {
        List<Range> ranges = new ArrayList<>();
        for (Span span : spans) {
            ArrowBuf offsets = span.vector().getOffsetBuffer();
            long first = get(offsets, span.start(), width);
            long end = get(offsets, (long) span.start() + span.length(), width);
            if (first < 0 || end < first) {
                throw malformed(span.vector(), "has offsets from " + first + " to " + end);
            }
            ranges.add(new Range(first, end - first));
        }
        return ranges;
    }

    /** Offsets into what the ranges hold, one after the other. */
    ArrowBuf offsets(List<Span> spans, List<Range> ranges, int width) {
        long rows = 0;
        for (Span span : spans) {
            rows += span.length();
        }
        ArrowBuf result = make((rows + 1) * width);
        long row = 0;
        long base = 0;
        for (int i = 0; i < spans.size(); i++) {
            Span span = spans.get(i);
            ArrowBuf offsets = span.vector().getOffsetBuffer();
            long shift = base - ranges.get(i).first();
            for (int j = 0; j < span.length(); j++) {
                put(result, row++, width, get(offsets, (long) span.start() + j, width) + shift);
            }
            base += ranges.get(i).length();
        }
        put(result, row, width, base);
        return result;
    }

    /** The bytes of texts of which {@code ranges} tells the places. */
    ArrowBuf bytes(List<Span> spans, List<Range> ranges, long total) {
        ArrowBuf result = make(total);
        long at = 0;
        for (int i = 0; i < ranges.size(); i++) {
            Range range = ranges.get(i);
            result.setBytes(at, spans.get(i).vector().getDataBuffer(), range.first(), range.length());
            at += range.length();
        }
        return result;
    }

    /** Views, and after them the buffers that they point to: of each, what lies between the first and the last byte in use. */
    List<ArrowBuf> views(List<Span> spans) {
        List<ArrowBuf> result = new ArrayList<>();
        result.add(fixed(spans, VIEW, FieldVector::getDataBuffer));
        long row = 0;
        for (Span span : spans) {
            addViewed(span, row, result);
            row += span.length();
        }
        return result;
    }

    /** @param row of the span's first view in {@code buffers.get(0)} */
    private void addViewed(Span span, long row, List<ArrowBuf> buffers) {
        ArrowBuf views = buffers.get(0);
        List<ArrowBuf> sources = ((BaseVariableWidthViewVector) span.vector()).getDataBuffers();
        long[] low = new long[sources.size()];
        long[] high = new long[sources.size()];
        Arrays.fill(low, Long.MAX_VALUE);
        for (int i = 0; i < span.length(); i++) {
            long view = (row + i) * VIEW;
            if (span.vector().isNull(span.start() + i)) {
                views.setZero(view, VIEW); // anything may lie there
                continue;
            }
            int length = views.getInt(view);
            if (length > INLINE) {
                int buffer = views.getInt(view + VIEW_BUFFER);
                long offset = views.getInt(view + VIEW_OFFSET);
                if (buffer < 0 || buffer >= low.length || offset < 0) {
                    throw malformed(span.vector(), "has a view of byte " + offset + " of buffer " + buffer);
                }
                low[buffer] = Math.min(low[buffer], offset);
                high[buffer] = Math.max(high[buffer], offset + length);
            }
        }
        int[] places = new int[low.length];
        for (int i = 0; i < low.length; i++) {
            if (high[i] > 0) {
                places[i] = buffers.size() - 1;
                buffers.add(copy(sources.get(i), low[i], high[i] - low[i]));
            }
        }
        for (long view = row * VIEW; view < (row + span.length()) * VIEW; view += VIEW) {
            if (views.getInt(view) > INLINE) {
                int buffer = views.getInt(view + VIEW_BUFFER);
                views.setInt(view + VIEW_BUFFER, places[buffer]);
                views.setInt(view + VIEW_OFFSET, (int) (views.getInt(view + VIEW_OFFSET) - low[buffer]));
            }
        }
    }

    private ArrowBuf copy(ArrowBuf source, long first, long bytes) {
        ArrowBuf result = make(bytes);
        result.setBytes(0, source, first, bytes);
        return result;
    }

    static long get(ArrowBuf numbers, long row, int width) {
        return width == 4 ? numbers.getInt(row * 4) : numbers.getLong(row * 8);
    }

    /** @param width in bytes: 2, 4 or 8 */
    static void put(ArrowBuf numbers, long row, int width, long value) {
        switch (width) {
            case 2 -> numbers.setShort(row * 2, (short) value);
            case 4 -> numbers.setInt(row * 4, (int) value);
            default -> numbers.setLong(row * 8, value);
        }
    }

    @Override
    public void close() {
        made.forEach(ArrowBuf::close);
    }
}
