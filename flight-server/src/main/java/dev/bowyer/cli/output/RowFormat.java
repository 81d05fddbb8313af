package dev.bowyer.cli.output;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// In which form rows are written. The names are what the user types. The engine writes all but the first two.
public enum RowFormat {
    table,
    md,
    csv,
    json,
    ndjson,
    arrow,
    parquet;

    public boolean isForPeople() {
        return this == table || this == md;
    }

    public boolean isBinary() {
        return this == arrow || this == parquet;
    }

    /// Null when no format for files has the ending of this one.
    public static @Nullable RowFormat ofEnding(Path file) {
        String name = file.toString().toLowerCase(Locale.ROOT);
        String ending = name.substring(name.lastIndexOf('.') + 1);
        for (RowFormat known : values()) {
            if (!known.isForPeople() && known.name().equals(ending)) {
                return known;
            }
        }
        return null;
    }
}
