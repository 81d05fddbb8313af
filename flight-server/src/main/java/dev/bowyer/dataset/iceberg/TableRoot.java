package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.lake.FileUrls;
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

    /// Of a table that a catalog knows: where its metadata says. All local files below the root can be read,
    /// so that a catalog must not choose a local one: it lies in the warehouse that is configured, or is the
    /// folder of a local metadata file that a database tells.
    ///
    /// @throws ServiceException SOURCE_INVALID for another local root
    static TableRoot ofCatalog(TableMetadata metadata, CatalogSettings settings) {
        TableRoot root = recorded(metadata);
        String file = metadata.metadataFileLocation();
        if (!Locations.isLocal(root.url)) {
            return root;
        }
        boolean isLocalFile = file != null && Locations.isLocal(file);
        if (!isLocalFile || !(root.isInWarehouse(settings) || root.isOfDatabase(settings, file))) {
            throw foreign(metadata, "set warehouse of the catalog to the local folder that has its tables");
        }
        return root;
    }

    private boolean isInWarehouse(CatalogSettings settings) {
        String warehouse = settings.warehouse();
        return warehouse != null
                && Locations.isLocal(warehouse)
                && url.startsWith(Locations.folder(Locations.canonical(warehouse)));
    }

    private boolean isOfDatabase(CatalogSettings settings, String file) {
        return settings.type() == CatalogSettings.Type.JDBC
                && Locations.parent(Locations.url(file)).equals(url + METADATA);
    }

    private static TableRoot recorded(TableMetadata metadata) {
        String root = Locations.folder(Locations.url(metadata.location()));
        if (!Locations.isPlain(root)) {
            throw foreign(metadata, "a location is an absolute path or URL without \"..\"");
        }
        return new TableRoot(root, null);
    }

    private static ServiceException foreign(TableMetadata metadata, String hint) {
        return new ServiceException(
                ErrorCode.SOURCE_INVALID,
                "the metadata of the table says that its location is \"" + metadata.location()
                        + "\", which is not read",
                hint);
    }

    /// Of a table whose metadata file was found at `metadataUrl`. One that lies in another folder than the
    /// recorded one was copied along with the table, unless the table keeps its metadata apart.
    ///
    /// @param source what the user wrote, canonical: a folder, or the metadata file
    /// @throws ServiceException SOURCE_INVALID for a local root out of the user's folder
    static TableRoot found(TableMetadata metadata, String metadataUrl, String source) {
        String folder = Locations.parent(metadataUrl);
        String apart = metadata.properties().get(TableProperties.WRITE_METADATA_LOCATION);
        boolean isApart = apart != null && folder.equals(Locations.folder(Locations.url(apart)));
        if (isApart || !folder.endsWith("/" + METADATA)) {
            TableRoot recorded = recorded(metadata);
            if (Locations.isLocal(recorded.url) && !recorded.url.startsWith(own(source, metadataUrl))) {
                throw foreign(metadata, "keep the metadata of a local table in metadata/ of its own folder");
            }
            return recorded;
        }
        String root = folder.substring(0, folder.length() - METADATA.length());
        return root.equals(Locations.folder(Locations.url(metadata.location())))
                ? new TableRoot(root, null)
                : new TableRoot(
                        root,
                        new LakeFiles.Moved(Locations.withoutSlash(metadata.location()), Locations.withoutSlash(root)));
    }

    /// The folder that the user named, if only by a metadata file in it.
    private static String own(String source, String metadataUrl) {
        if (!source.equals(metadataUrl)) {
            return Locations.folder(source);
        }
        String folder = Locations.parent(metadataUrl);
        return folder.endsWith("/" + METADATA) ? folder.substring(0, folder.length() - METADATA.length()) : folder;
    }

    /// The URL of a path in metadata.
    ///
    /// @throws ServiceException SOURCE_INVALID for one with `..`, or that is no URL and no absolute path
    String locate(String path) {
        String location = Locations.url(path);
        if (moved != null) {
            String from = Locations.folder(Locations.url(moved.from()));
            if (location.startsWith(from)) {
                String below = location.substring(from.length());
                location = url + (Locations.isLocal(from) ? Locations.recoded(below, url) : below);
            }
        }
        if (!Locations.isPlain(location)) {
            throw new ServiceException(
                    ErrorCode.SOURCE_INVALID,
                    show(location) + ": paths of a table are absolute and must not go through \"..\"");
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
        return Locations.isLocal(location) ? FileUrls.decoded(below) : below;
    }
}
