package dev.bowyer.flight.wire;

import com.google.protobuf.ByteString;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// Puts the messages of FlightData together to an Arrow IPC stream (Arrow columnar format, "Encapsulated message
/// format"). Looks at sizes and claims alone: whoever reads the stream checks what is in it.
public final class IpcStream implements AutoCloseable {
    /// Longest stream, in bytes.
    static final int MAX_BYTES = 2 * 1024 * 1024;
    /// Most messages: a schema, a batch, and a dictionary for each column.
    static final int MAX_MESSAGES = 10_000;

    private static final int CONTINUATION = 0xFFFFFFFF;
    private static final int PREFIX_BYTES = 2 * Integer.BYTES;
    private static final int ALIGNMENT = 8;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final UploadBudget budget;
    private long reserved;
    private int messages;

    /// @param budget of all streams that are being put together
    public IpcStream(UploadBudget budget) {
        this.budget = budget;
    }

    /// @param header a `Message` flatbuffer
    /// @throws ServiceException LIMIT_REACHED; INVALID_ARGUMENT for a message that claims more than it holds
    public void add(ByteString header, ByteString body) {
        messages++;
        if (messages > MAX_MESSAGES) {
            throw new ServiceException(ErrorCode.LIMIT_REACHED, "upload-messages: more than " + MAX_MESSAGES);
        }
        long size = (long) bytes.size() + header.size() + body.size();
        if (size > MAX_BYTES) {
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED, "upload-bytes: " + size + " bytes (limit: " + MAX_BYTES + ")");
        }
        budget.take(size - reserved);
        reserved = size;
        IpcClaims.check(header, body.size());
        int padding = -header.size() & (ALIGNMENT - 1);
        prefix(header.size() + padding);
        bytes.writeBytes(header.toByteArray());
        bytes.writeBytes(new byte[padding]);
        bytes.writeBytes(body.toByteArray());
    }

    /// @return the whole stream; empty if there was no message
    public byte[] end() {
        if (messages > 0) {
            prefix(0);
        }
        return bytes.toByteArray();
    }

    /// To be called in the end, whatever happened. Idempotent.
    @Override
    public void close() {
        budget.giveBack(reserved);
        reserved = 0;
    }

    private void prefix(int length) {
        bytes.writeBytes(ByteBuffer.allocate(PREFIX_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(CONTINUATION)
                .putInt(length)
                .array());
    }
}
