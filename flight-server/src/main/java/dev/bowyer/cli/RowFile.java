package dev.bowyer.cli;

import dev.bowyer.client.ResultStream;
import dev.bowyer.engine.datafusion.RowWriter;
import java.nio.file.Path;

/// Saves a result in a format that the engine writes.
final class RowFile {
    private RowFile() {}

    /// A file is whole once this returns; after a failure it is gone.
    static void write(ResultStream result, String format, Path path) {
        try (RowWriter writer = RowWriter.open(format, path)) {
            result.copyTo(writer::write);
            writer.finish();
        }
    }
}
