package dev.bowyer.client.frame.value;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.complex.RunEndEncodedVector;
import org.apache.arrow.vector.types.pojo.ArrowType;

/** The runs of a run-end encoded vector: run {@code i} ends before row {@code end(i)}. */
record Runs(ArrowBuf ends, int bits, int count) {
    static Runs of(RunEndEncodedVector vector) {
        var ends = vector.getRunEndsVector();
        int bits = ((ArrowType.Int) ends.getField().getType()).getBitWidth();
        return new Runs(ends.getDataBuffer(), bits, ends.getValueCount());
    }

    long end(int run) {
        return switch (bits) {
            case 16 -> ends.getShort(run * 2L);
            case 32 -> ends.getInt(run * 4L);
            default -> ends.getLong(run * 8L);
        };
    }

    /** The run that a row is in; {@link #count} when there is none. */
    int of(int row) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (end(middle) > row) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }
}
