package dev.bowyer.dataset;

import dev.bowyer.dataset.Source.TableFormat;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A source as people write it, in the configuration file and in requests.
///
/// @param from where files or a table lie; null: the table is one of `catalog`
/// @param catalog the name of a configured catalog; null: there is none
/// @param table `namespace.table` in that catalog
/// @param format of the files or the table; null: they tell
/// @param asOf the version that is read; null: the newest
/// @param partitions columns in the folders' names; null: found
public record SourceSpec(
        @Nullable String from,
        @Nullable String catalog,
        @Nullable String table,
        @Nullable String format,
        @Nullable AsOf asOf,
        @Nullable List<String> partitions,
        Source.CsvOptions csv) {
    /// Longest location, in UTF-16 code units.
    public static final int MAX_LOCATION = 4_096;

    public SourceSpec {
        partitions = partitions == null ? null : List.copyOf(partitions);
    }

    /// Every name that `format` can have.
    public static List<String> formats() {
        return Stream.concat(
                        Arrays.stream(FileFormat.values()).map(FileFormat::id),
                        Arrays.stream(TableFormat.values()).map(TableFormat::id))
                .toList();
    }

    /// @throws ServiceException INVALID_ARGUMENT for parts that do not go together
    public Source source() {
        if (catalog != null && table != null && from == null) {
            return inCatalog(catalog, table);
        }
        if (from == null || catalog != null || table != null) {
            throw invalid("a dataset has either \"from\", or \"catalog\" and \"table\"");
        }
        if (from.length() > MAX_LOCATION) {
            throw invalid("from: " + from.length() + " characters (expected: at most " + MAX_LOCATION + ")");
        }
        if (format != null && !formats().contains(format)) {
            throw invalid("format: \"" + format + "\" (expected: " + String.join(", ", formats()) + ")");
        }
        TableFormat tableFormat = Arrays.stream(TableFormat.values())
                .filter(known -> known.id().equals(format))
                .findFirst()
                .orElse(null);
        if (tableFormat != null || asOf != null) {
            return new Source.Lake(tableFormat, from, null, asOf);
        }
        FileFormat fileFormat = Arrays.stream(FileFormat.values())
                .filter(known -> known.id().equals(format))
                .findFirst()
                .orElse(null);
        return new Source.Files(from, fileFormat, partitions, csv);
    }

    private Source inCatalog(String catalogName, String path) {
        List<String> names = Arrays.asList(path.split("\\.", -1));
        if (names.size() < 2 || names.stream().anyMatch(String::isBlank)) {
            throw invalid("table: \"" + path + "\" (expected: namespace.table)");
        }
        var place = new Source.CatalogTable(catalogName, names.subList(0, names.size() - 1), names.getLast());
        return new Source.Lake(TableFormat.ICEBERG, catalogName + ":" + path, place, asOf);
    }

    private static ServiceException invalid(String message) {
        return new ServiceException(ErrorCode.INVALID_ARGUMENT, message);
    }
}
