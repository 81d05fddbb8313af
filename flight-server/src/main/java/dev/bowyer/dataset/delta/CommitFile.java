package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.ObjectStores.ObjectInfo;
import org.jspecify.annotations.Nullable;

/// The file of a commit, as a listing has it: files of one name are told apart by the rest.
record CommitFile(
        String name,
        long size,
        long modifiedMillis,
        @Nullable String etag) {
    static CommitFile of(ObjectInfo file) {
        return new CommitFile(LogAccess.name(file), file.size(), file.modifiedMillis(), file.etag());
    }

    String identity() {
        return modifiedMillis + "-" + size + (etag == null ? "" : "-" + etag);
    }
}
