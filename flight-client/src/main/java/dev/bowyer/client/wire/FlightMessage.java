package dev.bowyer.client.wire;

import io.grpc.HasByteBuffer;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import org.apache.arrow.memory.ArrowBuf;
import org.jspecify.annotations.Nullable;

/**
 * A {@code FlightData} as it came: its body is still in the memory of the transport, and is copied once, to where it stays.
 * Whoever has it calls {@link #copyBody} or {@link #close}.
 *
 * @param header the bare IPC message; empty when there is none
 * @param body positioned at the body
 * @param bodyLength in bytes; at least so many are in {@code body}
 * @param fault what is wrong with it, if it could not be read; gRPC would hide that behind a status of its own
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record FlightMessage(
        byte[] header,
        InputStream body,
        int bodyLength,
        @Nullable String fault) implements AutoCloseable {
    private static final int CHUNK = 64 * 1024;

    /**
     * Fills {@code target} and releases the memory of the transport.
     *
     * @throws IOException when the message ends before its body
     */
    void copyBody(ArrowBuf target) throws IOException {
        try (body) {
            if (body instanceof HasByteBuffer buffers && buffers.byteBufferSupported()) {
                copyBuffers(buffers, target);
            } else {
                copyBytes(target);
            }
        }
    }

    private void copyBuffers(HasByteBuffer buffers, ArrowBuf target) throws IOException {
        int copied = 0;
        while (copied < bodyLength) {
            ByteBuffer next = buffers.getByteBuffer();
            if (next == null || !next.hasRemaining()) {
                throw new IOException("the body ends after " + copied + " of " + bodyLength + " bytes");
            }
            int length = Math.min(next.remaining(), bodyLength - copied);
            target.setBytes(copied, next, next.position(), length);
            skip(length);
            copied += length;
        }
    }

    private void skip(int length) throws IOException {
        if (body.skip(length) != length) {
            throw new IOException("the body cannot be read on");
        }
    }

    private void copyBytes(ArrowBuf target) throws IOException {
        byte[] chunk = new byte[Math.min(CHUNK, bodyLength)];
        int copied = 0;
        while (copied < bodyLength) {
            int length = body.read(chunk, 0, Math.min(chunk.length, bodyLength - copied));
            if (length < 0) {
                throw new IOException("the body ends after " + copied + " of " + bodyLength + " bytes");
            }
            target.setBytes(copied, chunk, 0, length);
            copied += length;
        }
    }

    /** Releases the memory of the transport. */
    @Override
    public void close() {
        try {
            body.close();
        } catch (IOException e) {
            throw new IllegalStateException("a body in memory did not close", e);
        }
    }
}
