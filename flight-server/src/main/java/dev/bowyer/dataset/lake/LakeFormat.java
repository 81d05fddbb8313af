package dev.bowyer.dataset.lake;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.Source;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the metadata of tables of one format. Thread-safe; blocks on I/O.
///
/// All methods throw [dev.bowyer.error.ServiceException]: SOURCE_NOT_FOUND if there is no such table or
/// version, SOURCE_INVALID for damaged metadata (naming the file), UNSUPPORTED for a format version or
/// feature (naming it), UNAVAILABLE for a catalog or store that does not answer in time.
public interface LakeFormat {
    /// Finds a version, reading no more than tells its schema.
    ///
    /// @param asOf goes before the one of `source`; null: that one or, if there is none either, the newest
    LakeVersion load(Source.Lake source, @Nullable AsOf asOf);

    /// Looks whether `source` has a version newer than `known`, which [#load] or this gave.
    ///
    /// @return empty: `known` is still what [#load] would give
    Optional<LakeVersion> newer(Source.Lake source, LakeVersion known);
}
