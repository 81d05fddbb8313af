package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.lake.LakeFormat;
import dev.bowyer.dataset.lake.LakeVersion;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.iceberg.TableMetadata;
import org.jspecify.annotations.Nullable;

/// Iceberg tables of the formats 1 to 3, from their folders, from a metadata file, or from a catalog.
///
/// A look at a table in a folder lists its metadata files; at one of a JDBC catalog, asks the database; at
/// one of a REST catalog, asks the service, which knows what was answered last. Only what was committed is
/// read: manifests are kept, within a limit, for as long as the format lives.
public final class IcebergFormat implements LakeFormat, AutoCloseable {
    /// Manifests read at a time.
    public static final int PLANNING_THREADS = 8;
    /// Bytes of manifests that are kept.
    public static final long MANIFEST_CACHE_BYTES = MetadataCache.DEFAULT_BYTES;

    private final IcebergCatalogs catalogs;
    private final MetadataFiles files;
    private final ExecutorService threads;
    private final Planning planning;

    /// @param catalogs stay the caller's
    /// @param allocator for the time of a call; stays the caller's
    /// @param manifestCacheBytes see [#MANIFEST_CACHE_BYTES]
    public IcebergFormat(
            ObjectStores stores, IcebergCatalogs catalogs, BufferAllocator allocator, long manifestCacheBytes) {
        this(stores, catalogs, allocator, manifestCacheBytes, PlanLimits.DEFAULT);
    }

    IcebergFormat(
            ObjectStores stores,
            IcebergCatalogs catalogs,
            BufferAllocator allocator,
            long manifestCacheBytes,
            PlanLimits limits) {
        this.catalogs = catalogs;
        this.files = new MetadataFiles(stores);
        this.threads = Executors.newFixedThreadPool(
                PLANNING_THREADS,
                Thread.ofPlatform().daemon().name("iceberg-plan-", 0).factory());
        this.planning = new Planning(stores, new MetadataCache(manifestCacheBytes), threads, allocator, limits);
    }

    @Override
    public LakeVersion load(Source.Lake source, @Nullable AsOf asOf) {
        return version(source, current(source), asOf == null ? source.asOf() : asOf);
    }

    /// A version of newer metadata may have the rows of `known`: snapshots may have expired, and tags been
    /// set.
    @Override
    public Optional<LakeVersion> newer(Source.Lake source, LakeVersion known) {
        IcebergVersion version = (IcebergVersion) known;
        if (source.catalog() == null && version.isOf(files.find(Locations.canonical(source.location())))) {
            return Optional.empty();
        }
        MetadataFiles.Read current = current(source);
        return current.file() == null && version.isOf(current.metadata())
                ? Optional.empty()
                : Optional.of(version(source, current, source.asOf()));
    }

    private IcebergVersion version(Source.Lake source, MetadataFiles.Read read, @Nullable AsOf asOf) {
        TableMetadata metadata = read.metadata();
        TableRoot root = source.catalog() == null
                ? TableRoot.found(
                        metadata,
                        Objects.requireNonNull(metadata.metadataFileLocation()),
                        Locations.canonical(source.location()))
                : catalogs.root(source.catalog(), metadata);
        return new IcebergVersion(read, root, SnapshotChoice.of(metadata, asOf), planning);
    }

    private MetadataFiles.Read current(Source.Lake source) {
        return source.catalog() == null
                ? files.current(Locations.canonical(source.location()))
                : new MetadataFiles.Read(catalogs.load(source.catalog()), null);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
