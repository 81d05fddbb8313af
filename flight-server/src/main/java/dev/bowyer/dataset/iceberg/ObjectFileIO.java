package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestListFile;
import org.apache.iceberg.inmemory.InMemoryInputFile;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.StorageCredential;
import org.apache.iceberg.io.SupportsStorageCredentials;
import org.jspecify.annotations.Nullable;

/// Iceberg's way to the objects of a server, for reading alone. Thread-safe once its credentials are set.
final class ObjectFileIO implements FileIO, SupportsStorageCredentials {
    private static final long serialVersionUID = 1L;
    private static final String METADATA = "metadata";

    private final transient ObjectStores stores;
    private final transient @Nullable TableRoot root;
    private final transient @Nullable MetadataCache cache;
    private final transient @Nullable String metadataFile;
    private final transient @Nullable Deadline deadline;
    private final transient Map<String, String> properties;
    private transient List<StorageCredential> credentials = List.of();

    private ObjectFileIO(
            ObjectStores stores,
            @Nullable TableRoot root,
            @Nullable MetadataCache cache,
            @Nullable String metadataFile,
            @Nullable Deadline deadline,
            Map<String, String> properties) {
        this.stores = stores;
        this.root = root;
        this.cache = cache;
        this.metadataFile = metadataFile;
        this.deadline = deadline;
        this.properties = properties;
    }

    /// For the manifests of one table.
    ///
    /// @param metadataFile has been read; null: the catalog does not tell where it is
    /// @param deadline after which no file is read
    static ObjectFileIO ofTable(Planning planning, TableRoot root, @Nullable String metadataFile, Deadline deadline) {
        return new ObjectFileIO(planning.stores(), root, planning.cache(), metadataFile, deadline, Map.of());
    }

    /// For a catalog, which reads the metadata files of its tables.
    ///
    /// @param properties what the catalog and its server say of storage
    static ObjectFileIO ofCatalog(ObjectStores stores, Map<String, String> properties) {
        return new ObjectFileIO(stores, null, null, null, null, Map.copyOf(properties));
    }

    /// Of a catalog: the metadata file of a table, which Iceberg would try again for minutes if it is
    /// damaged. Of a table: Iceberg's metadata tables name their metadata file, but have what is in it.
    @Override
    public InputFile newInputFile(String path) {
        if (root != null && Objects.equals(path, metadataFile)) {
            return new InMemoryInputFile(METADATA, new byte[0]);
        }
        ObjectInputFile file = file(path, ObjectInputFile.ANY_LENGTH);
        if (root == null) {
            try {
                MetadataFiles.parse(Locations.name(path), file);
            } catch (ServiceException e) {
                throw new UnreadableObject(e);
            }
        }
        return file;
    }

    @Override
    public InputFile newInputFile(ManifestListFile list) {
        requirePlain(list.location(), list.encryptionKeyID());
        return cached(file(list.location(), ObjectInputFile.ANY_LENGTH));
    }

    @Override
    public InputFile newInputFile(ManifestFile manifest) {
        requirePlain(manifest.path(), manifest.keyMetadata());
        return cached(file(manifest.path(), manifest.length()));
    }

    private InputFile cached(ObjectInputFile file) {
        return cache == null ? file : cache.of(file);
    }

    private ObjectInputFile file(String path, long length) {
        try {
            if (deadline != null) {
                deadline.check();
            }
            return root == null
                    ? new ObjectInputFile(stores, Locations.url(path), Locations.name(path), length, null)
                    : new ObjectInputFile(stores, root.locateMetadata(path), show(path), length, deadline);
        } catch (ServiceException e) {
            throw new UnreadableObject(e);
        }
    }

    private String show(String path) {
        return root == null ? Locations.name(path) : root.show(root.locate(path));
    }

    private void requirePlain(String path, @Nullable Object key) {
        if (key != null) {
            throw new UnreadableObject(encrypted(show(path)));
        }
    }

    static ServiceException encrypted(String shown) {
        return new ServiceException(ErrorCode.UNSUPPORTED, shown + ": encrypted Iceberg tables are not read");
    }

    @Override
    public OutputFile newOutputFile(String path) {
        throw new UnreadableObject(readOnly());
    }

    @Override
    public void deleteFile(String path) {
        throw new UnreadableObject(readOnly());
    }

    private static ServiceException readOnly() {
        return new ServiceException(ErrorCode.UNSUPPORTED, "Iceberg tables are not written");
    }

    @Override
    public Map<String, String> properties() {
        return properties;
    }

    @Override
    public void setCredentials(List<StorageCredential> given) {
        credentials = List.copyOf(given);
    }

    @Override
    public List<StorageCredential> credentials() {
        return credentials;
    }
}
