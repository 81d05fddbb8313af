package dev.bowyer.dataset;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Objects below the registered URL prefixes: `file://`, `s3://`, `gs://`, `az://`, `abfss://`, `http(s)://`.
/// Implemented by the engine. Thread-safe; all methods but [#drop] block on I/O, so callers should be
/// platform threads.
///
/// They throw [dev.bowyer.error.ServiceException]: SOURCE_NOT_FOUND for an object that is not there,
/// INVALID_ARGUMENT for a URL below no registered prefix, UNAVAILABLE for a store that does not answer,
/// SOURCE_INVALID for what else cannot be read. Messages name the object and never a credential.
public interface ObjectStores {
    /// Most bytes of one [#read].
    long MAX_READ_BYTES = 256L << 20;

    /// @param size in bytes
    /// @param modifiedMillis since 1970
    /// @param etag null where the store has none
    record ObjectInfo(
            String url,
            long size,
            long modifiedMillis,
            @Nullable String etag) {}

    ObjectInfo head(String url);

    /// @param length at most [#MAX_READ_BYTES]
    /// @return fewer bytes than asked for only at the end of the object
    byte[] read(String url, long offset, long length);

    /// The files directly in a folder, in the order of their names.
    ///
    /// @param folder ends in `/`; one that is not there has no files
    /// @param from the first name wanted (inclusive); null: the first
    List<ObjectInfo> list(String folder, @Nullable String from);

    /// Registers a store, in place of one of the same prefix.
    ///
    /// @param prefix a URL ending in `/`
    /// @param options see the configuration reference; unknown ones are INVALID_ARGUMENT
    void put(String prefix, Map<String, String> options);

    /// Tables that are open stay readable. Idempotent.
    void drop(String prefix);
}
