package dev.bowyer.dataset;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where the rows of a dataset come from.
public sealed interface Source {

    /// What the user wrote; for listings of those who may see it.
    String location();

    /// Plain files.
    ///
    /// @param location a path or `file://` URI of one file, a folder (read recursively) or a glob
    /// @param format null: by the files' endings, which must agree
    /// @param partitions names of the Hive partition columns in path order; null: found from `key=value`
    ///     folders
    /// @param csv how CSV files are written; ignored for other formats
    record Files(
            String location,
            @Nullable FileFormat format,
            @Nullable List<String> partitions,
            CsvOptions csv) implements Source {}

    /// @param delimiter one ASCII character
    /// @param header whether the first line of each file names the columns
    record CsvOptions(char delimiter, boolean header) {
        public static final CsvOptions DEFAULT = new CsvOptions(',', true);
    }
}
