package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.lake.LakeFile.DeletionVector;
import dev.bowyer.dataset.lake.LakeFiles;
import dev.bowyer.dataset.lake.LakeSchemas;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.iceberg.ContentFile;
import org.apache.iceberg.DeleteFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.types.Types.NestedField;
import org.apache.iceberg.util.ContentFileUtil;
import org.jspecify.annotations.Nullable;

/// The delete files of a version, numbered in the order in which its data files name them. For one thread.
final class DeletePlan {
    /// What is deleted from a data file.
    record Deletes(
            List<Integer> positions,
            List<Integer> equalities,
            @Nullable DeletionVector vector) {
        static final Deletes NONE = new Deletes(List.of(), List.of(), null);
    }

    private final TableRoot root;
    private final TableMetadata metadata;
    private final Schema schema;
    private final Map<String, Integer> positionIndex = new HashMap<>();
    private final List<LakeFiles.DeleteFile> positions = new ArrayList<>();
    private final Map<String, Integer> equalityIndex = new HashMap<>();
    private final List<LakeFiles.EqualityDeletes> equalities = new ArrayList<>();
    private final Map<List<Integer>, String> schemas = new HashMap<>();

    /// @param schema of the version
    DeletePlan(TableRoot root, TableMetadata metadata, Schema schema) {
        this.root = root;
        this.metadata = metadata;
        this.schema = schema;
    }

    List<LakeFiles.DeleteFile> positions() {
        return positions;
    }

    List<LakeFiles.EqualityDeletes> equalities() {
        return equalities;
    }

    Deletes of(List<DeleteFile> deletes) {
        if (deletes.isEmpty()) {
            return Deletes.NONE;
        }
        List<Integer> byPosition = new ArrayList<>();
        List<Integer> byEquality = new ArrayList<>();
        DeletionVector vector = null;
        for (DeleteFile file : deletes) {
            if (ContentFileUtil.isDV(file)) {
                requireReadable(root, file, FileFormat.PUFFIN);
                vector = vector(file);
                continue;
            }
            requireReadable(root, file, FileFormat.PARQUET);
            switch (file.content()) {
                case POSITION_DELETES -> byPosition.add(position(file));
                case EQUALITY_DELETES -> byEquality.add(equality(file));
                default ->
                    throw new ServiceException(
                            ErrorCode.SOURCE_INVALID, shown(root, file) + ": listed as a delete file, but is none");
            }
        }
        byPosition.sort(null);
        byEquality.sort(null);
        return new Deletes(byPosition, byEquality, vector);
    }

    static void requireReadable(TableRoot root, ContentFile<?> file, FileFormat wanted) {
        if (file.keyMetadata() != null) {
            throw ObjectFileIO.encrypted(shown(root, file));
        }
        if (file.format() != wanted) {
            throw new ServiceException(
                    ErrorCode.UNSUPPORTED,
                    shown(root, file) + ": files in the format " + file.format() + " are not read (expected: " + wanted
                            + ")",
                    "rewrite the table's files with write.format.default and write.delete.format.default: parquet");
        }
    }

    static String shown(TableRoot root, ContentFile<?> file) {
        return root.show(root.locate(file.location()));
    }

    private DeletionVector vector(DeleteFile file) {
        Long offset = file.contentOffset();
        Long length = file.contentSizeInBytes();
        if (offset == null || length == null || offset < 0 || length <= 0) {
            throw new ServiceException(
                    ErrorCode.SOURCE_INVALID, shown(root, file) + ": a deletion vector without its place in the file");
        }
        return new DeletionVector(root.locate(file.location()), offset, length, null, file.recordCount());
    }

    private int position(DeleteFile file) {
        return positionIndex.computeIfAbsent(file.location(), path -> {
            positions.add(new LakeFiles.DeleteFile(root.locate(path), file.fileSizeInBytes()));
            return positions.size() - 1;
        });
    }

    private int equality(DeleteFile file) {
        return equalityIndex.computeIfAbsent(file.location(), path -> {
            List<Integer> columns = file.equalityFieldIds();
            if (columns == null || columns.isEmpty()) {
                throw new ServiceException(
                        ErrorCode.SOURCE_INVALID, shown(root, file) + ": equality deletes over no column");
            }
            equalities.add(new LakeFiles.EqualityDeletes(
                    root.locate(path),
                    file.fileSizeInBytes(),
                    List.copyOf(columns),
                    schemas.computeIfAbsent(columns, ids -> schema(file, ids))));
            return equalities.size() - 1;
        });
    }

    private String schema(DeleteFile file, List<Integer> ids) {
        List<NestedField> columns =
                ids.stream().map(id -> column(file, id).asOptional()).toList();
        return LakeSchemas.base64(ArrowSchemas.of(columns, null));
    }

    /// A column that the table has lost may still tell which rows are gone.
    private NestedField column(DeleteFile file, int id) {
        List<Schema> history = new ArrayList<>(metadata.schemas());
        history.add(metadata.schema());
        history.add(schema);
        for (Schema known : history.reversed()) {
            if (known.findField(id) != null) {
                return known.columns().stream()
                        .filter(column -> column.fieldId() == id)
                        .findFirst()
                        .orElseThrow(() -> new ServiceException(
                                ErrorCode.UNSUPPORTED,
                                shown(root, file) + ": equality deletes over the nested column \""
                                        + known.findColumnName(id) + "\" are not read"));
            }
        }
        throw new ServiceException(
                ErrorCode.SOURCE_INVALID,
                shown(root, file) + ": equality deletes over a column that the table never had (field id " + id + ")");
    }
}
