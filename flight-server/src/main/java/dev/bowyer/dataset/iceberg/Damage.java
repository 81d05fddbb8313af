package dev.bowyer.dataset.iceberg;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.util.List;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.CloseableIterable;
import org.jspecify.annotations.Nullable;

/// Looks which file of a snapshot it is that cannot be read, and makes the cache forget it. Iceberg's own
/// failures do not tell.
record Damage(
        @Nullable Snapshot snapshot, TableMetadata metadata, TableRoot root, MetadataCache cache, ObjectFileIO io) {
    /// Manifests that are looked into.
    private static final int MAX_MANIFESTS = 1000;

    /// `failure`, which is not one of ours, as one that names the file.
    ServiceException reported(Exception failure) {
        try {
            String file = snapshot == null ? null : file(snapshot);
            return new ServiceException(
                    ErrorCode.SOURCE_INVALID,
                    file == null
                            ? "the manifests of the table are damaged, or contradict each other"
                            : file + ": damaged, or no file of an Iceberg table",
                    null,
                    failure);
        } catch (ServiceException e) {
            return e;
        }
    }

    /// @throws ServiceException for a file that is gone, or when there is no time left to look
    private @Nullable String file(Snapshot of) {
        List<ManifestFile> manifests;
        try {
            manifests = of.allManifests(io);
        } catch (RuntimeException e) {
            String list = of.manifestListLocation();
            return list == null ? null : damaged(list, e);
        }
        for (ManifestFile manifest : manifests.subList(0, Math.min(MAX_MANIFESTS, manifests.size()))) {
            try (CloseableIterable<?> entries = manifest.content() == ManifestContent.DATA
                    ? ManifestFiles.read(manifest, io, metadata.specsById())
                    : ManifestFiles.readDeleteManifest(manifest, io, metadata.specsById())) {
                entries.forEach(entry -> {});
            } catch (IOException | RuntimeException e) {
                return damaged(manifest.path(), e);
            }
        }
        cache.forget(
                manifests.stream().map(manifest -> root.locate(manifest.path())).toList());
        return null;
    }

    private String damaged(String path, Exception failure) {
        String url = root.locate(path);
        cache.forget(List.of(url));
        Failures.ours(failure).ifPresent(ours -> {
            throw ours;
        });
        return root.show(url);
    }
}
