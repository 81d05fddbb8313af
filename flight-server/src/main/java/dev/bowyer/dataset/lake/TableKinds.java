package dev.bowyer.dataset.lake;

import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Source.TableFormat;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Tells what lies at a location: a table of a format, or plain files.
final class TableKinds {
    private static final Pattern METADATA_FILE = Pattern.compile(".*\\.metadata\\.json(\\.gz)?");
    private static final Pattern GLOB = Pattern.compile(".*[*?\\[].*");

    private final ObjectStores stores;

    TableKinds(ObjectStores stores) {
        this.stores = stores;
    }

    /// @return null: plain files, or nothing at all
    /// @throws dev.bowyer.error.ServiceException as [ObjectStores#list]
    @Nullable
    TableFormat formatAt(String location) {
        if (METADATA_FILE.matcher(location).matches()) {
            return TableFormat.ICEBERG;
        }
        if (GLOB.matcher(location).matches() || !canBeFolder(location)) {
            return null;
        }
        String folder = folderUrl(location);
        if (!stores.list(folder + "_delta_log/", null).isEmpty()) {
            return TableFormat.DELTA;
        }
        boolean isIceberg = stores.list(folder + "metadata/", null).stream()
                .anyMatch(file -> METADATA_FILE.matcher(file.url()).matches());
        return isIceberg ? TableFormat.ICEBERG : null;
    }

    /// With its format, and its location as a URL: of a folder, ending in `/`, or of a metadata file.
    ///
    /// @throws ServiceException SOURCE_NOT_FOUND if its format is not known and no table is there
    Source.Lake placed(Source.Lake source) {
        String location = source.location();
        if (source.catalog() != null) {
            return source;
        }
        TableFormat format = source.format() == null ? formatAt(location) : source.format();
        if (format == null) {
            throw new ServiceException(
                    ErrorCode.SOURCE_NOT_FOUND,
                    "no Iceberg or Delta table is there",
                    "the folder of one holds metadata/ or _delta_log/; only these have versions");
        }
        String url = METADATA_FILE.matcher(location).matches() ? url(location) : folderUrl(location);
        return new Source.Lake(format, url, null, source.asOf());
    }

    private static String folderUrl(String location) {
        String url = url(location);
        return url.endsWith("/") ? url : url + "/";
    }

    private static String url(String location) {
        if (isLocal(location)) {
            return "file://" + FileUrls.encoded(path(location).toString());
        }
        return location.replaceFirst("^s3[an]://", "s3://");
    }

    /// What HTTP serves is one file.
    private static boolean canBeFolder(String location) {
        return isLocal(location) ? Files.isDirectory(path(location)) : !location.matches("https?://.*");
    }

    private static boolean isLocal(String location) {
        return location.startsWith("file:") || !location.contains("://");
    }

    /// @throws ServiceException INVALID_ARGUMENT for what no path can be
    private static Path path(String location) {
        try {
            String path = location.startsWith("file:")
                    ? FileUrls.decoded(location.replaceFirst("^file:(//)?", ""))
                    : location;
            return Path.of(path).toAbsolutePath().normalize();
        } catch (InvalidPathException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "location \"" + location + "\": " + e.getReason(),
                    "write a path, or a URL such as file:///data/orders/",
                    e);
        }
    }
}
