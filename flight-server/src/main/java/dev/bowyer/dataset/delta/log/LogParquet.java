package dev.bowyer.dataset.delta.log;

import dev.bowyer.dataset.lake.ParquetRows;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.engine.FileReadResult;
import io.delta.kernel.engine.ParquetHandler;
import io.delta.kernel.expressions.Column;
import io.delta.kernel.expressions.Predicate;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.DataFileStatus;
import io.delta.kernel.utils.FileStatus;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/// Checkpoints and their sidecars.
record LogParquet(LogAccess log) implements ParquetHandler {
    @Override
    public CloseableIterator<FileReadResult> readParquetFiles(
            CloseableIterator<FileStatus> files, StructType schema, Optional<Predicate> predicate) {
        return new Results(files.toInMemoryList(), schema);
    }

    @Override
    public CloseableIterator<DataFileStatus> writeParquetFiles(
            String folder, CloseableIterator<FilteredColumnarBatch> data, List<Column> statistics) throws IOException {
        throw LogFiles.readOnly();
    }

    @Override
    public void writeParquetFileAtomically(String path, CloseableIterator<FilteredColumnarBatch> data)
            throws IOException {
        throw LogFiles.readOnly();
    }

    /// One file open at a time.
    private final class Results extends LookAhead<FileReadResult> {
        private final List<FileStatus> files;
        private final StructType schema;
        private int nextFile;
        private String path = "";
        private ParquetRows.@Nullable Rows rows;

        Results(List<FileStatus> files, StructType schema) {
            this.files = files;
            this.schema = schema;
        }

        @Override
        @Nullable
        FileReadResult read() {
            while (true) {
                ParquetRows.Rows open = rows;
                if (open == null) {
                    if (nextFile == files.size()) {
                        return null;
                    }
                    FileStatus file = files.get(nextFile++);
                    path = file.getPath();
                    open = log.parquet(path, file.getSize(), schema.fieldNames());
                    rows = open;
                }
                ColumnarBatch batch = LogAccess.named(path, this::batch);
                if (batch != null) {
                    return new FileReadResult(batch, path);
                }
                close();
            }
        }

        private @Nullable ColumnarBatch batch() {
            VectorSchemaRoot root = rows == null ? null : rows.next();
            if (root == null) {
                return null;
            }
            log.countRows(root.getRowCount());
            return ValueBatch.of(schema, ArrowValues.rows(root, schema));
        }

        @Override
        public void close() {
            ParquetRows.Rows open = rows;
            rows = null;
            if (open != null) {
                open.close();
            }
        }
    }
}
