package dev.bowyer.dataset.lake;

import java.util.List;
import org.apache.arrow.vector.types.pojo.Schema;

/// One version of a lake table. Immutable and thread-safe.
public interface LakeVersion {
    /// Most versions that [#snapshots] lists.
    int MAX_SNAPSHOTS = 100_000;

    /// Stable name of the version, which [dev.bowyer.dataset.AsOf#parse] reads back as this version: the id
    /// of an Iceberg snapshot, the number of a Delta version.
    String id();

    /// Names the rows of the version, also where a table was made anew and its versions are counted from the
    /// start again.
    default String identity() {
        return id();
    }

    /// With the field metadata that [LakeFiles] describes.
    Schema schema();

    /// All data files and deletes. Reads the manifests or the log; not remembered.
    ///
    /// @param name of the table, for messages
    LakeFiles files(String name);

    /// Rows about the table, in place of its data.
    ///
    /// @return an Arrow IPC stream
    /// @throws dev.bowyer.error.ServiceException DATASET_NOT_FOUND for one that the format does not have,
    ///     naming those that it has
    byte[] metadata(String kind);

    /// The names that [#metadata] takes.
    List<String> metadataKinds();

    /// The versions that can still be read, as far as the metadata of this one tells, in the order of their
    /// commits; at most [#MAX_SNAPSHOTS], the newest ones.
    List<SnapshotInfo> snapshots();
}
