package dev.bowyer.flight.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// Lays a [Frame] out as the protobuf message FlightData: field 2 `data_header`, then field 1000 `data_body`,
/// last. Buffers of [#COPY_BELOW] bytes and more are wrapped where they lie; smaller ones are copied into the
/// block before them, because hundreds of small buffers a message cost more than copying them. A frame is at
/// most [Frame#MAX_BYTES] long, so `int` counts it.
final class FrameLayout {
    static final int COPY_BELOW = 16 * 1024;

    private static final int HEADER_TAG = (2 << 3) | 2;
    private static final int BODY_TAG = (1000 << 3) | 2;
    /// Two tags of at most two bytes and two lengths of at most five.
    private static final int MAX_PREFIX = 14;

    private final Frame frame;
    private final List<ByteBuf> parts = new ArrayList<>();

    private FrameLayout(Frame frame) {
        this.frame = frame;
    }

    /// @return the bytes of the message, owned by the caller; their last release releases the frame. On
    ///     failure the frame is released already.
    static ByteBuf of(Frame frame) {
        FrameLayout layout = new FrameLayout(frame);
        try {
            layout.write();
            return new Bytes(layout.parts, frame);
        } catch (RuntimeException | Error e) {
            layout.parts.forEach(ByteBuf::release);
            frame.release();
            throw e;
        }
    }

    private void write() {
        int size = frame.body().stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer header = frame.header().duplicate();
        ByteBuf block = newBlock(header.remaining() + MAX_PREFIX + smallBytes(0));
        writeVarint(block, HEADER_TAG);
        writeVarint(block, header.remaining());
        block.writeBytes(header);
        if (frame.isBatch()) {
            writeVarint(block, BODY_TAG);
            writeVarint(block, size);
            writeBody(block);
        }
    }

    private void writeBody(ByteBuf first) {
        ByteBuf block = first;
        List<ByteBuffer> body = frame.body();
        for (int i = 0; i < body.size(); i++) {
            ByteBuffer buffer = body.get(i).duplicate();
            if (buffer.remaining() >= COPY_BELOW) {
                parts.add(Unpooled.wrappedBuffer(buffer));
                int following = smallBytes(i + 1);
                if (following > 0) {
                    block = newBlock(following);
                }
            } else {
                block.writeBytes(buffer);
            }
        }
    }

    /// Bytes of the small buffers from `index` up to the next large one.
    private int smallBytes(int index) {
        int bytes = 0;
        List<ByteBuffer> body = frame.body();
        for (int i = index; i < body.size() && body.get(i).remaining() < COPY_BELOW; i++) {
            bytes += body.get(i).remaining();
        }
        return bytes;
    }

    private ByteBuf newBlock(int capacity) {
        ByteBuf block = PooledByteBufAllocator.DEFAULT.directBuffer(capacity, capacity);
        parts.add(block);
        return block;
    }

    private static void writeVarint(ByteBuf out, int value) {
        int rest = value;
        while ((rest & ~0x7F) != 0) {
            out.writeByte((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    /// The parts as one buffer. Netty frees it on the event loop, after the last byte was written or the
    /// connection died.
    private static final class Bytes extends CompositeByteBuf {
        private final Frame frame;

        /// The number of components is unlimited, for else Netty copies all of them to merge in the HTTP/2
        /// header.
        Bytes(List<ByteBuf> parts, Frame frame) {
            super(UnpooledByteBufAllocator.DEFAULT, true, Integer.MAX_VALUE, parts);
            this.frame = frame;
        }

        @Override
        protected void deallocate() {
            try {
                super.deallocate();
            } finally {
                frame.release();
            }
        }
    }
}
