package dev.bowyer.dataset.delta.log;

import dev.bowyer.dataset.ObjectStores.ObjectInfo;
import org.jspecify.annotations.Nullable;

/// The file of a commit, as a listing has it: files of one name are told apart by the rest.
public record CommitFile(
        String name,
        long size,
        long modifiedMillis,
        @Nullable String etag) {
    public static CommitFile of(ObjectInfo file) {
        return new CommitFile(LogAccess.name(file), file.size(), file.modifiedMillis(), file.etag());
    }

    public String identity() {
        return modifiedMillis + "-" + size + (etag == null ? "" : "-" + etag);
    }
}
