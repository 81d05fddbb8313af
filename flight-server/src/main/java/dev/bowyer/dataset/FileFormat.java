package dev.bowyer.dataset;

import java.util.Locale;

/// The formats of plain data files. [#NDJSON] is one JSON object a line; [#ARROW] an Arrow IPC file or
/// stream.
public enum FileFormat {
    PARQUET,
    CSV,
    NDJSON,
    ARROW;

    /// The name in configuration files and in the engine's table specification.
    public String id() {
        return name().toLowerCase(Locale.ROOT);
    }
}
