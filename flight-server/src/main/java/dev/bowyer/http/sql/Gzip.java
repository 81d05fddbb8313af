package dev.bowyer.http.sql;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;

/// Compresses fast rather than small.
final class Gzip extends GZIPOutputStream {
    private static final int BUFFER = 32 * 1024;

    Gzip(OutputStream out) throws IOException {
        super(out, BUFFER);
        def.setLevel(Deflater.BEST_SPEED);
    }

    static byte[] of(byte[] plain) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (Gzip gzip = new Gzip(bytes)) {
            gzip.write(plain);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return bytes.toByteArray();
    }

    /// Frees what compresses, and writes nothing: what was begun stays without its end.
    void abandon() {
        def.end();
    }
}
