package dev.bowyer.dataset.lake;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A version of a table as the engine opens it: `bowyer_table_open_lake` in `native/README.md` has the
/// details.
///
/// @param header becomes the JSON header
/// @param files an Arrow IPC stream, one row a data file; [LakeFilesWriter] makes it. Not copied
@SuppressWarnings("ArrayRecordComponent")
public record LakeFiles(Header header, byte[] files) {
    /// @param name for messages and plans
    /// @param format `iceberg` or `delta`
    /// @param root URL of the table's folder, ending in `/`
    /// @param version of data
    /// @param mapping how a column is found in a file
    /// @param schema a bare IPC Schema message, base 64; see [LakeSchemas#base64]
    /// @param groups files that are read alike; a file names its own by index
    /// @param moved null: files lie where the metadata says
    /// @param allowed URL prefixes below which data files may lie besides `root`; null: any registered one
    ///     but the local file system as a whole
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Header(
            String name,
            String format,
            String root,
            String version,
            Mapping mapping,
            String schema,
            List<Group> groups,
            List<DeleteFile> positionDeletes,
            List<EqualityDeletes> equalityDeletes,
            @Nullable Moved moved,
            @Nullable List<String> allowed) {}

    /// How a column is found in a file: by `PARQUET:field_id`, or by the name in `bowyer.physical`.
    public enum Mapping {
        id,
        name
    }

    /// @param constants indexes of top-level columns whose values stand in the list of files, not in the
    ///     files
    /// @param equalityDeletes indexes of those that hold for these files
    public record Group(List<Integer> constants, List<Integer> equalityDeletes) {}

    /// A Parquet file of (path, position).
    public record DeleteFile(String path, long size) {}

    /// A Parquet file of rows that are deleted.
    ///
    /// @param columns the ids of the fields that are compared; NULL equals NULL
    /// @param schema of these fields, with their ids, base 64; they need not be in the table's schema any
    ///     more
    public record EqualityDeletes(String path, long size, List<Integer> columns, String schema) {}

    /// A table that was copied as it was: its metadata says `from`, its files lie at `to`.
    public record Moved(String from, String to) {}
}
