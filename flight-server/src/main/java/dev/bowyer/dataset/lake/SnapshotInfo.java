package dev.bowyer.dataset.lake;

import java.time.Instant;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// A version in the history of a table, for listings.
///
/// @param id see [LakeVersion#id]
/// @param parent the version it was made from; null: the first one, or not known any more
/// @param operation what the writer did, in the word of its format; null: the format does not say
/// @param summary what the writer tells about it, in order of the names; nothing secret
public record SnapshotInfo(
        String id,
        @Nullable String parent,
        Instant committedAt,
        @Nullable String operation,
        SortedMap<String, String> summary) {}
