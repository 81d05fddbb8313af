package dev.bowyer.cli;

import dev.bowyer.client.ResultStream;
import dev.bowyer.engine.datafusion.RowWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Saves a result in a format that the engine writes.
final class RowFile {
    private RowFile() {}

    /// A file is whole once this returns; after a failure it is as it was before.
    ///
    /// @param path null: the standard output
    static void write(ResultStream result, String format, @Nullable Path path) {
        try (RowWriter writer = path == null ? RowWriter.toStdout(format) : RowWriter.toFile(format, path)) {
            result.copyTo(writer::write);
            writer.finish();
        }
    }
}
