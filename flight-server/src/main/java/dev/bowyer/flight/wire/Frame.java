package dev.bowyer.flight.wire;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// One FlightData on its way out. It owns its message: whoever holds the frame calls [#release] once it can
/// no longer be written; calls after the first do nothing. Once a [FrameMarshaller] has turned it into a
/// stream, that stream does so.
public final class Frame {
    /// Most bytes of header and body together: gRPC counts a message, with tags and lengths, in an `int`.
    static final int MAX_BYTES = Integer.MAX_VALUE - 64;

    private final ByteBuffer header;
    private final List<ByteBuffer> body;
    private final boolean batch;
    private final Runnable onRelease;
    private final AtomicBoolean released = new AtomicBoolean();
    private volatile boolean streamed;

    private Frame(ByteBuffer header, List<ByteBuffer> body, boolean batch, Runnable onRelease) {
        this.header = header;
        this.body = body;
        this.batch = batch;
        this.onRelease = onRelease;
    }

    /// The first frame of every stream.
    public static Frame schema(Schema schema) {
        return new Frame(MessageSerializer.serializeMetadata(schema, IpcOption.DEFAULT), List.of(), false, () -> {});
    }

    /// Takes over the duty to release `message`, also on failure. The size is checked here, since gRPC
    /// cancels a call without a word when making the stream fails.
    ///
    /// @throws ServiceException LIMIT_REACHED over [#MAX_BYTES]
    public static Frame batch(BatchStream.Message message) {
        long bytes = message.header().remaining() + message.bodyBytes();
        if (bytes > MAX_BYTES) {
            message.release();
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED,
                    "a message of " + bytes + " bytes is over 2 GiB, the most that gRPC can send at once",
                    "select fewer or smaller values per row");
        }
        return new Frame(message.header(), message.body(), true, message::release);
    }

    public void release() {
        if (released.compareAndSet(false, true)) {
            onRelease.run();
        }
    }

    /// Releases unless a stream was made of it, which then does.
    void releaseUnlessStreamed() {
        if (!streamed) {
            release();
        }
    }

    void markStreamed() {
        streamed = true;
    }

    ByteBuffer header() {
        return header;
    }

    List<ByteBuffer> body() {
        return body;
    }

    /// Whether field `data_body` is written, if need be empty.
    boolean isBatch() {
        return batch;
    }
}
