package dev.bowyer.engine.datafusion;

import static dev.bowyer.engine.datafusion.NativeCalls.BYTES;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.bowyer.engine.BatchStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// Memory of the engine seen as buffers. Nothing keeps a buffer from being read after [#release]: that is the
/// receiver's part of the contract.
final class NativeMessage implements BatchStream.Message {
    private static final int STATE_MESSAGE = 0;
    private static final int STATE_PENDING = 1;

    /// A Java buffer ends at 2 GiB; a longer stretch of the body is cut into pieces of this size.
    private static final long LARGEST_BUFFER = 1L << 30;

    private final NativeBorder border;
    private final long handle;
    private final ByteBuffer header;
    private final List<ByteBuffer> body;
    private final long bodyBytes;
    private final long rows;
    private final AtomicBoolean released = new AtomicBoolean();

    private NativeMessage(MemorySegment message, NativeBorder border) {
        this.border = border;
        this.handle = message.get(JAVA_LONG, NativeCalls.MESSAGE_HANDLE);
        this.header = NativeCalls.target(message.asSlice(NativeCalls.MESSAGE_HEADER, BYTES))
                .asByteBuffer()
                .asReadOnlyBuffer();
        this.body = NativeCalls.array(
                        message.get(ADDRESS, NativeCalls.MESSAGE_SEGMENTS),
                        message.get(JAVA_INT, NativeCalls.MESSAGE_SEGMENTS_COUNT))
                .flatMap(segment -> buffers(NativeCalls.target(segment)))
                .toList();
        this.bodyBytes = message.get(JAVA_LONG, NativeCalls.MESSAGE_BODY_LENGTH);
        this.rows = message.get(JAVA_LONG, NativeCalls.MESSAGE_ROWS);
    }

    /// What a filled [NativeCalls#MESSAGE] says.
    static BatchStream.Next next(MemorySegment message, NativeBorder border) {
        return switch (message.get(JAVA_INT, NativeCalls.MESSAGE_STATE)) {
            case STATE_MESSAGE -> new NativeMessage(message, border);
            case STATE_PENDING -> BatchStream.Pending.INSTANCE;
            default -> BatchStream.End.INSTANCE;
        };
    }

    /// @param message a bare `Message` flatbuffer that holds a schema
    static Schema schema(byte[] message) {
        return MessageSerializer.deserializeSchema(Message.getRootAsMessage(ByteBuffer.wrap(message)));
    }

    private static Stream<ByteBuffer> buffers(MemorySegment memory) {
        return LongStream.iterate(0, at -> at < memory.byteSize(), at -> at + LARGEST_BUFFER)
                .mapToObj(at -> memory.asSlice(at, Math.min(LARGEST_BUFFER, memory.byteSize() - at))
                        .asByteBuffer()
                        .asReadOnlyBuffer());
    }

    @Override
    public ByteBuffer header() {
        return header;
    }

    @Override
    public List<ByteBuffer> body() {
        return body;
    }

    @Override
    public long bodyBytes() {
        return bodyBytes;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public void release() {
        if (released.compareAndSet(false, true)) {
            border.on(border.calls().messageRelease, handle);
        }
    }
}
