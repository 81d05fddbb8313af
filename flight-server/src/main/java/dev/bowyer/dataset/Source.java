package dev.bowyer.dataset;

import java.util.List;
import java.util.Locale;
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

    /// A table of a table format, which knows its files, deleted rows and versions.
    ///
    /// @param format null: the folder tells
    /// @param location the URL or path of the table's folder or, for Iceberg, of a metadata file; for a table
    ///     of a catalog `catalog:namespace.table`, for listings
    /// @param catalog null: there is none, the folder tells
    /// @param asOf null: always the newest version
    record Lake(
            @Nullable TableFormat format,
            String location,
            @Nullable CatalogTable catalog,
            @Nullable AsOf asOf) implements Source {}

    /// A table as its catalog calls it.
    ///
    /// @param catalog name of a configured catalog
    /// @param namespace one or more levels
    record CatalogTable(String catalog, List<String> namespace, String table) {
        public CatalogTable {
            namespace = List.copyOf(namespace);
        }
    }

    /// The table formats.
    enum TableFormat {
        ICEBERG,
        DELTA;

        /// The name in configuration files.
        public String id() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// @param delimiter one ASCII character
    /// @param header whether the first line of each file names the columns
    record CsvOptions(char delimiter, boolean header) {
        public static final CsvOptions DEFAULT = new CsvOptions(',', true);
    }
}
