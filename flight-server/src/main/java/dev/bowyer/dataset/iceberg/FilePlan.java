package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.iceberg.DeletePlan.Deletes;
import dev.bowyer.dataset.lake.LakeFile;
import dev.bowyer.dataset.lake.LakeFile.Bounds;
import dev.bowyer.dataset.lake.LakeFile.Bucketing;
import dev.bowyer.dataset.lake.LakeFiles;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/// The data files of a version in the form that the engine takes. For one thread.
final class FilePlan {
    private final TableRoot root;
    private final List<NestedField> columns;
    private final DeletePlan deletes;
    private final Map<Integer, PartitionColumns> partitions = new HashMap<>();
    private final Map<Integer, List<Integer>> constants = new HashMap<>();
    private final SequencedMap<LakeFiles.Group, Integer> groups = new LinkedHashMap<>();
    private final List<LakeFile> files = new ArrayList<>();

    /// @param schema of the version
    FilePlan(TableRoot root, TableMetadata metadata, Schema schema) {
        this.root = root;
        this.columns = schema.columns();
        this.deletes = new DeletePlan(root, metadata, schema);
        Map<Integer, Integer> indexes = new HashMap<>();
        List<Type> types = new ArrayList<>();
        for (NestedField column : columns) {
            indexes.put(column.fieldId(), types.size());
            types.add(column.type());
        }
        for (PartitionSpec spec : metadata.specs()) {
            PartitionColumns known = new PartitionColumns(spec, id -> indexes.getOrDefault(id, -1), types);
            partitions.put(spec.specId(), known);
            constants.put(spec.specId(), known.constants());
        }
    }

    List<LakeFile> files() {
        return files;
    }

    List<LakeFiles.Group> groups() {
        return List.copyOf(groups.keySet());
    }

    DeletePlan deletes() {
        return deletes;
    }

    void add(FileScanTask task) {
        DataFile file = task.file();
        DeletePlan.requireReadable(root, file, FileFormat.PARQUET);
        Deletes gone = deletes.of(task.deletes());
        LakeFiles.Group group =
                new LakeFiles.Group(constants.getOrDefault(file.specId(), List.of()), gone.equalities());
        int index = groups.computeIfAbsent(group, added -> groups.size());
        Map<Integer, Object> fixed = new HashMap<>();
        Map<Integer, Bounds> bounds = metrics(file);
        Map<Bucketing, Integer> buckets = new HashMap<>();
        PartitionColumns partition = partitions.get(file.specId());
        if (partition != null) {
            partition.addTo(file, fixed, bounds, buckets);
        }
        String path = root.locate(file.location());
        String recorded = file.location().equals(path) ? null : file.location();
        files.add(new LakeFile(
                path,
                file.fileSizeInBytes(),
                file.recordCount(),
                index,
                gone.positions(),
                gone.vector(),
                fixed,
                bounds,
                buckets,
                recorded));
    }

    private Map<Integer, Bounds> metrics(DataFile file) {
        Map<Integer, Bounds> bounds = new HashMap<>();
        Map<Integer, ByteBuffer> lower = orEmpty(file.lowerBounds());
        Map<Integer, ByteBuffer> upper = orEmpty(file.upperBounds());
        Map<Integer, Long> nulls = orEmpty(file.nullValueCounts());
        Map<Integer, Long> nans = orEmpty(file.nanValueCounts());
        for (int i = 0; i < columns.size(); i++) {
            NestedField column = columns.get(i);
            int id = column.fieldId();
            if (!column.type().isPrimitiveType()) {
                continue;
            }
            Bounds known = new Bounds(
                    LakeValues.lower(column.type(), lower.get(id)),
                    LakeValues.upper(column.type(), upper.get(id)),
                    count(nulls.get(id)),
                    count(nans.get(id)));
            if (known.min() != null || known.max() != null || known.nulls() != null || known.nans() != null) {
                bounds.put(i, known);
            }
        }
        return bounds;
    }

    private static <V> Map<Integer, V> orEmpty(@Nullable Map<Integer, V> map) {
        return map == null ? Map.of() : map;
    }

    /// Some writers say -1 where they do not know.
    private static @Nullable Long count(@Nullable Long counted) {
        return counted == null || counted < 0 ? null : counted;
    }
}
