package dev.bowyer.flight.wire;

import io.grpc.Drainable;
import io.grpc.MethodDescriptor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.atomic.LongAdder;
import org.apache.arrow.flight.grpc.AddWritableBuffer;

/// Gives frames to gRPC. gRPC drains the stream at once, on the thread that sends; the bytes are written and
/// freed later, on the event loop. Draining appends the frame's buffer to gRPC's own chain by reflection;
/// where that does not succeed, gRPC copies. [#copied] tells how often.
public final class FrameMarshaller implements MethodDescriptor.Marshaller<Frame> {
    private final LongAdder handedOver = new LongAdder();
    private final LongAdder copied = new LongAdder();

    /// The stream owns the frame from here on, and gRPC closes every stream it asked for.
    @Override
    public InputStream stream(Frame frame) {
        frame.markStreamed();
        return new FrameStream(FrameLayout.of(frame));
    }

    @Override
    public Frame parse(InputStream stream) {
        throw new UnsupportedOperationException("frames are only written");
    }

    /// Frames that gRPC took without a copy.
    public long handedOver() {
        return handedOver.sum();
    }

    /// Frames that gRPC copied.
    public long copied() {
        return copied.sum();
    }

    /// Deliberately no `KnownLength`: gRPC reads those into a byte array.
    private final class FrameStream extends ByteBufInputStream implements Drainable {
        private final ByteBuf bytes;

        FrameStream(ByteBuf bytes) {
            super(bytes, true);
            this.bytes = bytes;
        }

        @Override
        public int drainTo(OutputStream target) throws IOException {
            int size = bytes.readableBytes();
            (AddWritableBuffer.add(bytes, target, true) ? handedOver : copied).increment();
            return size;
        }
    }
}
