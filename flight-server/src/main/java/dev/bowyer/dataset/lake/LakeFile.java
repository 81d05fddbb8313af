package dev.bowyer.dataset.lake;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One data file of a version.
///
/// Values of columns are keyed by the index of a top-level field, and are: [Boolean]; [Number] for integers
/// and floats, dates (days), times and timestamps (in the unit of the field, since midnight or 1970);
/// [java.math.BigDecimal]; [CharSequence]; `byte[]` for binary types. Fields of nested types have none.
///
/// @param path a URL
/// @param size in bytes
/// @param rows including deleted ones; null: not known
/// @param group index into [LakeFiles.Header#groups]
/// @param positionDeletes indexes into [LakeFiles.Header#positionDeletes]
/// @param vector null: there is none
/// @param constants of the columns that the group has as constants; NULL where absent
/// @param buckets what is known of rows by Iceberg's bucket transform
/// @param recorded the path as rows of position deletes have it; null: as `path`
public record LakeFile(
        String path,
        long size,
        @Nullable Long rows,
        int group,
        List<Integer> positionDeletes,
        @Nullable DeletionVector vector,
        Map<Integer, Object> constants,
        Map<Integer, Bounds> bounds,
        Map<Bucketing, Integer> buckets,
        @Nullable String recorded) {

    /// As the other, with a `recorded` path of null.
    public LakeFile(
            String path,
            long size,
            @Nullable Long rows,
            int group,
            List<Integer> positionDeletes,
            @Nullable DeletionVector vector,
            Map<Integer, Object> constants,
            Map<Integer, Bounds> bounds,
            Map<Bucketing, Integer> buckets) {
        this(path, size, rows, group, positionDeletes, vector, constants, bounds, buckets, null);
    }

    /// What is known of the values of a column in a file.
    ///
    /// @param min no value is less; null: not known
    /// @param max no value is greater; null: not known. NaN counts for neither
    /// @param nulls null: not known
    /// @param nans null: not known
    public record Bounds(
            @Nullable Object min,
            @Nullable Object max,
            @Nullable Long nulls,
            @Nullable Long nans) {}

    /// Bucket `[count]` of the top-level field `column`.
    public record Bucketing(int column, int count) {}

    /// Rows of a data file that are deleted.
    ///
    /// @param path of a Puffin file or a Delta vector file; null: `inline` has it
    /// @param offset of the blob in the file
    /// @param length of the blob, or of the bytes of `inline` that count
    /// @param inline magic and bitmap; null: `path` has it. Not copied
    /// @param rows how many are deleted
    @SuppressWarnings("ArrayRecordComponent")
    public record DeletionVector(
            @Nullable String path, long offset, long length, byte @Nullable [] inline, long rows) {}
}
