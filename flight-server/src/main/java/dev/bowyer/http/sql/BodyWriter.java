package dev.bowyer.http.sql;

import dev.bowyer.engine.BatchStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import org.eclipse.jetty.ee10.servlet.HttpOutput;
import org.jspecify.annotations.Nullable;

/// Writes a body to a client, and waits while the client does not read. Memory of the engine goes to the socket as it
/// is, unless it is compressed on the way.
final class BodyWriter implements AutoCloseable {
    private static final int CHUNK = 32 * 1024;

    private final HttpOutput out;
    private final @Nullable Gzip gzip;
    private final byte[] chunk = new byte[CHUNK];

    BodyWriter(OutputStream out, boolean isGzip) throws IOException {
        this.out = (HttpOutput) out;
        this.gzip = isGzip ? new Gzip(out) : null;
    }

    void write(byte[] bytes) throws IOException {
        if (gzip == null) {
            out.write(bytes);
        } else {
            gzip.write(bytes);
        }
    }

    /// The message stays the caller's; nothing of it is needed afterwards.
    void write(RowsBody body, BatchStream.Message message) throws IOException {
        if (gzip == null) {
            // Small and on the heap: it goes out with what follows.
            out.write(body.frame(message));
            for (ByteBuffer buffer : message.body()) {
                out.write(buffer.duplicate());
            }
            return;
        }
        for (ByteBuffer buffer : body.buffers(message)) {
            ByteBuffer rest = buffer.duplicate();
            while (rest.hasRemaining()) {
                int part = Math.min(CHUNK, rest.remaining());
                rest.get(chunk, 0, part);
                gzip.write(chunk, 0, part);
            }
        }
    }

    /// Nothing is missing.
    void finish() throws IOException {
        if (gzip != null) {
            gzip.finish();
        }
    }

    @Override
    public void close() {
        if (gzip != null) {
            gzip.abandon();
        }
    }
}
