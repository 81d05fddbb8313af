package dev.bowyer.dataset.iceberg;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.iceberg.ManifestContent;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;
import org.jspecify.annotations.Nullable;

/// Failures of Iceberg's code as ours. Its messages have whole paths, and often not the one that matters.
final class Failures {
    private static final int MAX_CAUSES = 16;

    private Failures() {}

    /// One of ours that Iceberg's code has passed on.
    static Optional<ServiceException> ours(Throwable failure) {
        Throwable cause = failure;
        for (int i = 0; cause != null && i < MAX_CAUSES; i++) {
            if (cause instanceof ServiceException service) {
                return Optional.of(service);
            }
            if (cause instanceof UnreadableObject unreadable) {
                return Optional.of(unreadable.failure());
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    /// A failure to read the manifests of `snapshot`: looks which file it is that cannot be read.
    static ServiceException reading(
            Exception failure, @Nullable Snapshot snapshot, TableMetadata metadata, TableRoot root, FileIO io) {
        return ours(failure).orElseGet(() -> {
            String file = snapshot == null ? null : damaged(snapshot, metadata, root, io);
            return file == null
                    ? new ServiceException(
                            ErrorCode.SOURCE_INVALID, "the manifests of the table contradict each other", null, failure)
                    : new ServiceException(
                            ErrorCode.SOURCE_INVALID,
                            file + ": damaged, or no file of an Iceberg table",
                            null,
                            failure);
        });
    }

    private static @Nullable String damaged(Snapshot snapshot, TableMetadata metadata, TableRoot root, FileIO io) {
        List<ManifestFile> manifests = new ArrayList<>();
        try {
            manifests.addAll(snapshot.allManifests(io));
        } catch (RuntimeException e) {
            String list = snapshot.manifestListLocation();
            return list == null ? null : root.show(root.locate(list));
        }
        for (ManifestFile manifest : manifests) {
            try (CloseableIterable<?> entries = manifest.content() == ManifestContent.DATA
                    ? ManifestFiles.read(manifest, io, metadata.specsById())
                    : ManifestFiles.readDeleteManifest(manifest, io, metadata.specsById())) {
                entries.forEach(entry -> {});
            } catch (IOException | RuntimeException e) {
                return root.show(root.locate(manifest.path()));
            }
        }
        return null;
    }
}
