package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.error.ServiceException;
import java.nio.file.Path;

/// Writes Arrow data in another format. For one thread at a time; every method blocks on the file.
///
/// A file is there and whole once [#finish] returns. Closing without it leaves everything as it was before, except
/// on the standard output.
public final class RowWriter implements AutoCloseable {
    private final NativeBorder border;
    private final NativeHandle writer;
    private boolean finished;

    private RowWriter(NativeBorder border, long handle) {
        this.border = border;
        this.writer = new NativeHandle("writer", border, null, handle, border.calls().writerAbort);
    }

    /// Starts a file.
    ///
    /// @param format `csv`, `json` (one array of objects), `ndjson` (one object a line), `parquet` or `arrow` (IPC
    ///     file)
    /// @param file replaced by [#finish] if it exists
    /// @throws ServiceException UNKNOWN_FORMAT; UNSUPPORTED as [NativeEngine#start]; or the file cannot be made
    public static RowWriter toFile(String format, Path file) {
        return open(Json.object()
                .put("format", format)
                .put("path", file.toAbsolutePath().toString()));
    }

    /// Writes on from where the process's standard output stands. The caller has flushed its own.
    ///
    /// @param format as of [#toFile]
    /// @throws ServiceException UNKNOWN_FORMAT; UNSUPPORTED as [NativeEngine#start]
    public static RowWriter toStdout(String format) {
        return open(Json.object().put("format", format).put("stdout", true));
    }

    private static RowWriter open(ObjectNode options) {
        NativeBorder border = NativeBorder.load();
        return new RowWriter(border, border.writerOpen(Json.bytes(options)));
    }

    /// Appends rows.
    ///
    /// @param stream one complete Arrow IPC stream with any number of batches; the schema is the same in all
    ///     calls. Not kept
    public void write(byte[] stream) {
        border.on(border.calls().writerWrite, writer.value(), stream);
    }

    /// Nothing can be written afterwards. At least one call of [#write] must have told the schema.
    public void finish() {
        long handle = writer.value();
        finished = true;
        border.on(border.calls().writerClose, handle);
    }

    /// Idempotent.
    @Override
    public void close() {
        if (!finished) {
            writer.close();
        }
    }
}
