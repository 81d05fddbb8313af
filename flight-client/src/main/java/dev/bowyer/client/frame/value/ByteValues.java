package dev.bowyer.client.frame.value;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthViewVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.types.pojo.ArrowType;

/**
 * The bytes of text and binary values. Memory for a value is taken only after a check that the buffer has as many
 * bytes: offsets come from the sender.
 */
@FunctionalInterface
interface ByteValues {
    /**
     * The bytes of a row that is not NULL, in a new array.
     *
     * @throws BowyerException BAD_ANSWER when the buffer does not have them
     */
    byte[] get(int row);

    /** @param vector of utf8 or binary, of any layout */
    static ByteValues of(FieldVector vector) {
        if (vector instanceof BaseVariableWidthViewVector views) {
            return row -> ofView(views, row);
        }
        ArrowBuf data = vector.getDataBuffer();
        ArrowBuf offsets = vector.getOffsetBuffer();
        ArrowType type = vector.getField().getType();
        if (type instanceof ArrowType.LargeUtf8 || type instanceof ArrowType.LargeBinary) {
            return row -> {
                long first = offsets.getLong(row * 8L);
                return bytes(data, first, offsets.getLong(row * 8L + 8) - first, vector, row);
            };
        }
        return row -> {
            long first = offsets.getInt(row * 4L);
            return bytes(data, first, offsets.getInt(row * 4L + 4) - first, vector, row);
        };
    }

    private static byte[] ofView(BaseVariableWidthViewVector vector, int row) {
        ArrowBuf views = vector.getDataBuffer();
        long view = (long) row * BaseVariableWidthViewVector.ELEMENT_SIZE;
        int length = views.getInt(view);
        if (length <= BaseVariableWidthViewVector.INLINE_SIZE) {
            return bytes(views, view + 4, length, vector, row);
        }
        List<ArrowBuf> buffers = vector.getDataBuffers();
        int buffer = views.getInt(view + 8);
        if (buffer < 0 || buffer >= buffers.size()) {
            throw BowyerException.of(
                    ErrorCodes.BAD_ANSWER,
                    "row " + row + " of the column '" + vector.getName() + "' lies in buffer " + buffer + " of "
                            + buffers.size(),
                    "the fault is the sender's");
        }
        return bytes(buffers.get(buffer), views.getInt(view + 12), length, vector, row);
    }

    private static byte[] bytes(ArrowBuf data, long first, long length, FieldVector vector, int row) {
        if (first < 0 || length < 0 || length > Integer.MAX_VALUE || first > data.capacity() - length) {
            throw BowyerException.of(
                    ErrorCodes.BAD_ANSWER,
                    "row " + row + " of the column '" + vector.getName() + "' has " + length + " bytes from " + first
                            + " of " + data.capacity(),
                    "the fault is the sender's");
        }
        byte[] bytes = new byte[(int) length];
        data.getBytes(first, bytes);
        return bytes;
    }
}
