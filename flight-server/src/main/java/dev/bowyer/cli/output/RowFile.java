package dev.bowyer.cli.output;

import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.sink.IpcSink;
import dev.bowyer.engine.datafusion.RowWriter;
import java.nio.file.Path;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Saves a result in a format that the engine writes.
final class RowFile {
    private RowFile() {}

    /// A file is whole once this returns; after a failure it is as it was before.
    ///
    /// @param result is closed
    /// @param path null: the standard output
    static void write(BatchStream result, String format, @Nullable Path path) {
        try (RowWriter writer = path == null ? RowWriter.toStdout(format) : RowWriter.toFile(format, path)) {
            IpcSink.messages(writer::write).read(new Running(result));
            writer.finish();
        }
    }

    /// A result that runs already; sinks of IPC read once.
    private record Running(BatchStream stream) implements BatchSource {
        @Override
        public Schema schema() {
            return stream.schema();
        }
    }
}
