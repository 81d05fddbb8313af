package dev.bowyer.dataset.iceberg;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.MetadataTableType;
import org.apache.iceberg.MetadataTableUtils;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableScan;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.types.Types.NestedField;
import org.jspecify.annotations.Nullable;

/// The metadata tables, with the rows and columns that Iceberg itself gives them.
enum MetadataRows {
    SNAPSHOTS(MetadataTableType.SNAPSHOTS, Scope.TABLE),
    HISTORY(MetadataTableType.HISTORY, Scope.TABLE),
    FILES(MetadataTableType.FILES, Scope.SNAPSHOT),
    MANIFESTS(MetadataTableType.MANIFESTS, Scope.SNAPSHOT),
    PARTITIONS(MetadataTableType.PARTITIONS, Scope.SNAPSHOT),
    REFS(MetadataTableType.REFS, Scope.TABLE);

    /// What the rows are about.
    private enum Scope {
        TABLE,
        SNAPSHOT
    }

    /// Most rows of a metadata table.
    static final int MAX_ROWS = 2_000_000;

    private static final int BATCH_ROWS = 8192;

    private final MetadataTableType type;
    private final Scope scope;

    MetadataRows(MetadataTableType type, Scope scope) {
        this.type = type;
        this.scope = scope;
    }

    static List<String> kinds() {
        return Arrays.stream(values()).map(MetadataRows::id).toList();
    }

    private String id() {
        return name().toLowerCase(Locale.ROOT);
    }

    static MetadataRows of(String kind) {
        return Arrays.stream(values())
                .filter(rows -> rows.id().equals(kind))
                .findFirst()
                .orElseThrow(() -> {
                    String nearest = NearestNames.hint(kind, kinds().stream());
                    return new ServiceException(
                            ErrorCode.DATASET_NOT_FOUND,
                            "\"" + kind + "\": Iceberg tables have no such metadata table (expected: "
                                    + String.join(", ", kinds()) + ")",
                            nearest);
                });
    }

    /// @param snapshot null: the table has none
    /// @param allocator for the time of the call
    /// @return an Arrow IPC stream
    byte[] write(BaseTable table, @Nullable Snapshot snapshot, BufferAllocator allocator) throws IOException {
        Table rows = MetadataTableUtils.createMetadataTableInstance(table, type);
        TableScan scan = rows.newScan();
        boolean ofSnapshot = scope == Scope.SNAPSHOT;
        Schema schema = rows.schema();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (VectorSchemaRoot root = VectorSchemaRoot.create(ArrowSchemas.plain(schema.columns()), allocator);
                ArrowStreamWriter writer = new ArrowStreamWriter(root, null, bytes)) {
            writer.start();
            if (!ofSnapshot) {
                write(scan, schema, new Batches(root, writer));
            } else if (snapshot != null) {
                write(scan.useSnapshot(snapshot.snapshotId()), schema, new Batches(root, writer));
            }
            writer.end();
        }
        return bytes.toByteArray();
    }

    private static void write(TableScan scan, Schema schema, Batches batches) throws IOException {
        List<NestedField> columns = schema.columns();
        try (CloseableIterable<FileScanTask> tasks = scan.planFiles()) {
            for (FileScanTask task : tasks) {
                try (CloseableIterable<StructLike> rows = task.asDataTask().rows()) {
                    for (StructLike row : rows) {
                        batches.add(columns, row);
                    }
                }
            }
        }
        batches.flush();
    }

    /// Rows on their way into a stream.
    private static final class Batches {
        private final VectorSchemaRoot root;
        private final ArrowStreamWriter writer;
        private int pending;
        private int all;

        Batches(VectorSchemaRoot root, ArrowStreamWriter writer) {
            this.root = root;
            this.writer = writer;
        }

        void add(List<NestedField> columns, StructLike row) throws IOException {
            if (all == MAX_ROWS) {
                throw new ServiceException(
                        ErrorCode.LIMIT_REACHED, "a metadata table has at most " + MAX_ROWS + " rows");
            }
            for (int i = 0; i < columns.size(); i++) {
                Vectors.set(root.getVector(i), pending, columns.get(i).type(), row.get(i, Object.class));
            }
            all++;
            pending++;
            if (pending == BATCH_ROWS) {
                flush();
            }
        }

        void flush() throws IOException {
            if (pending > 0) {
                root.setRowCount(pending);
                writer.writeBatch();
                root.clear();
                pending = 0;
            }
        }
    }
}
