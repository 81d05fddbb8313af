package dev.bowyer.dataset.delta;

import dev.bowyer.dataset.delta.log.DataPaths;
import dev.bowyer.dataset.delta.log.LogAccess;
import dev.bowyer.dataset.lake.LakeFile;
import dev.bowyer.dataset.lake.LakeFile.DeletionVector;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.data.Row;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.actions.AddFile;
import io.delta.kernel.internal.actions.DeletionVectorDescriptor;
import io.delta.kernel.utils.CloseableIterator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The live files of a version, out of the `add` actions of its log.
final class DataFiles {
    private static final int PATH = field("path");
    private static final int PARTITION_VALUES = field("partitionValues");
    private static final int SIZE = field("size");
    private static final int MODIFIED = field("modificationTime");
    private static final int VECTOR = field("deletionVector");
    private static final int STATS = InternalScanFileUtils.ADD_FILE_STATS_ORDINAL;

    private final DataPaths paths;
    private final List<DeltaColumn> partitions;
    private final Map<String, DeltaColumn> byPhysicalName;
    private final int most;

    /// @param path as the log has it
    /// @param partition values as the log has them, by the names of the columns
    record Listed(String path, Map<String, @Nullable String> partition, long modifiedMillis, LakeFile file) {}

    DataFiles(DataPaths paths, List<DeltaColumn> columns, int most) {
        this.paths = paths;
        this.partitions = columns.stream().filter(DeltaColumn::partition).toList();
        this.byPhysicalName = columns.stream()
                .filter(column -> !column.partition())
                .collect(Collectors.toMap(DeltaColumn::physical, Function.identity(), (first, second) -> first));
        this.most = most;
    }

    private static int field(String name) {
        return AddFile.SCHEMA_WITH_STATS.indexOf(name);
    }

    /// Reads `batches` to their end and closes them.
    ///
    /// @throws ServiceException LIMIT_REACHED, SOURCE_INVALID
    List<Listed> read(CloseableIterator<FilteredColumnarBatch> batches) {
        List<Listed> files = new ArrayList<>();
        try (batches) {
            while (batches.hasNext()) {
                try (CloseableIterator<Row> rows = batches.next().getRows()) {
                    while (rows.hasNext()) {
                        files.add(file(rows.next().getStruct(InternalScanFileUtils.ADD_FILE_ORDINAL)));
                    }
                }
                if (files.size() > most) {
                    throw new ServiceException(
                            ErrorCode.LIMIT_REACHED, "the table has more than " + most + " data files");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files;
    }

    private Listed file(Row add) {
        if (add.isNullAt(PATH)) {
            throw new ServiceException(ErrorCode.SOURCE_INVALID, "a data file in the Delta log has no path");
        }
        String path = add.getString(PATH);
        if (add.isNullAt(SIZE) || add.getLong(SIZE) < 0) {
            throw invalid(path, "has no size", null);
        }
        DeletionVectorDescriptor descriptor =
                add.isNullAt(VECTOR) ? null : DeletionVectorDescriptor.fromRow(add.getStruct(VECTOR));
        DeltaStats stats = DeltaStats.parse(byPhysicalName, add.isNullAt(STATS) ? null : add.getString(STATS));
        Map<String, @Nullable String> values = partitionValues(add);
        LakeFile file = new LakeFile(
                paths.url(path),
                add.getLong(SIZE),
                stats.rows(),
                0,
                List.of(),
                descriptor == null ? null : vector(descriptor, path),
                constants(values, path),
                stats.bounds(descriptor != null),
                Map.of());
        return new Listed(path, named(values), add.isNullAt(MODIFIED) ? 0 : add.getLong(MODIFIED), file);
    }

    private Map<String, @Nullable String> named(Map<String, @Nullable String> values) {
        if (partitions.isEmpty()) {
            return Map.of();
        }
        Map<String, @Nullable String> named = new HashMap<>();
        partitions.forEach(column -> named.put(column.name(), values.get(column.physical())));
        return named;
    }

    private static Map<String, @Nullable String> partitionValues(Row add) {
        Map<String, @Nullable String> values = new HashMap<>();
        if (!add.isNullAt(PARTITION_VALUES)) {
            MapValue map = add.getMap(PARTITION_VALUES);
            for (int i = 0; i < map.getSize(); i++) {
                values.put(map.getKeys().getString(i), map.getValues().getString(i));
            }
        }
        return values;
    }

    /// A value that the log does not have is NULL, as other readers have it.
    private Map<Integer, Object> constants(Map<String, @Nullable String> values, String path) {
        Map<Integer, Object> constants = new HashMap<>();
        for (DeltaColumn column : partitions) {
            String text = values.get(column.physical());
            try {
                Object value = DeltaValues.partition(column.type(), text);
                if (value != null) {
                    constants.put(column.index(), value);
                }
            } catch (RuntimeException e) {
                throw invalid(
                        path,
                        "has the value \"" + text + "\" of partition column \"" + column.name() + "\" (expected: "
                                + column.type() + ")",
                        e);
            }
        }
        return constants;
    }

    private DeletionVector vector(DeletionVectorDescriptor vector, String path) {
        long rows = vector.getCardinality();
        int length = vector.getSizeInBytes();
        if (rows < 0 || length < 0) {
            throw invalid(path, "has a deletion vector of " + rows + " rows in " + length + " bytes", null);
        }
        try {
            if (vector.isInline()) {
                return new DeletionVector(null, 0, length, inline(vector), rows);
            }
            long offset = vector.getOffset().orElse(0);
            return new DeletionVector(vectorUrl(vector), offset, length, null, rows);
        } catch (RuntimeException e) {
            throw invalid(
                    path, "has a deletion vector that cannot be " + (vector.isInline() ? "decoded" : "located"), e);
        }
    }

    private static byte[] inline(DeletionVectorDescriptor vector) {
        byte[] content = vector.inlineData();
        if (content.length == 0 || content.length < vector.getSizeInBytes()) {
            throw new IllegalArgumentException(content.length + " bytes (expected: " + vector.getSizeInBytes() + ")");
        }
        return content;
    }

    private String vectorUrl(DeletionVectorDescriptor vector) {
        if (vector.getStorageType().equals(DeletionVectorDescriptor.PATH_DV_MARKER)) {
            return paths.url(vector.getPathOrInlineDv());
        }
        // Checks and decodes the name; the folder goes again.
        String file = vector.getAbsolutePath(LogAccess.KERNEL_ROOT);
        return paths.below(file.substring(LogAccess.KERNEL_ROOT.length() + 1));
    }

    private static ServiceException invalid(String path, String what, @Nullable RuntimeException cause) {
        if (cause instanceof ServiceException already) {
            return already;
        }
        return new ServiceException(
                ErrorCode.SOURCE_INVALID, "data file \"" + path + "\" in the Delta log " + what, null, cause);
    }
}
