package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.lake.LakeFiles;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.jspecify.annotations.Nullable;

/// Where the files of a table lie.
///
/// @param url of the folder, ending in `/`
/// @param moved null: files lie where the metadata says
record TableRoot(String url, LakeFiles.@Nullable Moved moved) {
    private static final String METADATA = "metadata/";

    /// Of a table that a catalog knows: where its metadata says.
    static TableRoot recorded(TableMetadata metadata) {
        return new TableRoot(Locations.folder(Locations.url(metadata.location())), null);
    }

    /// Of a table whose metadata file was found at `metadataUrl`. One that lies in another folder than the
    /// recorded one was copied along with the table, unless the table keeps its metadata apart.
    static TableRoot found(TableMetadata metadata, String metadataUrl) {
        TableRoot recorded = recorded(metadata);
        String folder = Locations.parent(metadataUrl);
        String apart = metadata.properties().get(TableProperties.WRITE_METADATA_LOCATION);
        boolean isApart = apart != null && folder.equals(Locations.folder(Locations.url(apart)));
        if (isApart || !folder.endsWith("/" + METADATA)) {
            return recorded;
        }
        String root = folder.substring(0, folder.length() - METADATA.length());
        return root.equals(recorded.url)
                ? recorded
                : new TableRoot(
                        root,
                        new LakeFiles.Moved(Locations.withoutSlash(metadata.location()), Locations.withoutSlash(root)));
    }

    /// The URL of a path in metadata.
    ///
    /// @throws ServiceException SOURCE_INVALID for one with `..`
    String locate(String path) {
        String location = Locations.url(path);
        if (moved != null) {
            String from = Locations.folder(Locations.url(moved.from()));
            if (location.startsWith(from)) {
                location = url + location.substring(from.length());
            }
        }
        if (Locations.climbs(location)) {
            throw new ServiceException(
                    ErrorCode.SOURCE_INVALID, show(location) + ": paths of a table must not go through \"..\"");
        }
        return location;
    }

    /// As [#locate], of a file that is read here. The local file system is open as a whole, so that a table
    /// must not lead out of its folder there.
    String locateMetadata(String path) {
        String location = locate(path);
        if (Locations.isLocal(location) && !location.startsWith(url)) {
            throw new ServiceException(
                    ErrorCode.SOURCE_INVALID,
                    show(location) + ": a local table must have its metadata in its own folder");
        }
        return location;
    }

    /// The name for messages: below the folder, or a file's own name.
    String show(String location) {
        String below = location.startsWith(url) ? location.substring(url.length()) : Locations.name(location);
        return Locations.isLocal(location) ? below.replace("%25", "%") : below;
    }
}
