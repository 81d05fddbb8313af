package dev.bowyer.dataset.delta.log;

import dev.bowyer.error.ServiceException;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.engine.JsonHandler;
import io.delta.kernel.expressions.Predicate;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Commits, checksums, manifests of checkpoints and the pointer to the last one.
record LogJson(LogAccess log) implements JsonHandler {
    private static final int BATCH_ROWS = 1024;
    /// A mere hint, which is not waited for: the kernel lists the log if it is absent.
    private static final String LAST_CHECKPOINT = "/_last_checkpoint";

    @Override
    public ColumnarBatch parseJson(ColumnVector texts, StructType schema, Optional<ColumnVector> selection) {
        throw new UnsupportedOperationException("no statistics are parsed for the kernel");
    }

    @Override
    public CloseableIterator<ColumnarBatch> readJsonFiles(
            CloseableIterator<FileStatus> files, StructType schema, Optional<Predicate> predicate) throws IOException {
        List<FileStatus> list = files.toInMemoryList();
        if (list.size() == 1 && list.getFirst().getPath().endsWith(LAST_CHECKPOINT)) {
            return lastCheckpoint(list.getFirst(), schema);
        }
        return new Batches(list, schema);
    }

    private CloseableIterator<ColumnarBatch> lastCheckpoint(FileStatus file, StructType schema) throws IOException {
        try {
            Batches batches = new Batches(List.of(file), schema);
            if (!batches.hasNext()) {
                throw new FileNotFoundException("_last_checkpoint is empty");
            }
            // From a version that is not there the kernel would search backwards, a thousand at a time.
            if (!log.hasCommit(batches.firstLong("version"))) {
                throw new FileNotFoundException("_last_checkpoint names a version that is not there");
            }
            return batches;
        } catch (ServiceException e) {
            if (e.code() == dev.bowyer.error.ErrorCode.SOURCE_INVALID) {
                throw (IOException) new FileNotFoundException(e.getMessage()).initCause(e);
            }
            throw LogFiles.notFound(e);
        }
    }

    @Override
    public void writeJsonFileAtomically(String path, CloseableIterator<Row> rows, boolean overwrite)
            throws IOException {
        throw LogFiles.readOnly();
    }

    /// Reads as it is asked for rows.
    private final class Batches extends LookAhead<ColumnarBatch> {
        private final List<FileStatus> files;
        private final StructType schema;
        private int nextFile;
        private @Nullable JsonLines lines;

        Batches(List<FileStatus> files, StructType schema) {
            this.files = files;
            this.schema = schema;
        }

        /// Of the next row; -1 if there is none.
        long firstLong(String field) {
            ColumnarBatch rows = peek();
            ColumnVector column =
                    rows == null ? null : rows.getColumnVector(rows.getSchema().indexOf(field));
            return column == null || column.isNullAt(0) ? -1 : column.getLong(0);
        }

        /// A batch is of one file.
        @Override
        @Nullable
        ColumnarBatch read() {
            while (true) {
                JsonLines open = lines;
                if (open == null) {
                    if (nextFile == files.size()) {
                        return null;
                    }
                    open = log.lines(files.get(nextFile++).getPath());
                    lines = open;
                }
                List<@Nullable Object[]> rows = rows(open);
                if (rows.size() < BATCH_ROWS) {
                    lines = null;
                }
                if (!rows.isEmpty()) {
                    return ValueBatch.of(schema, rows);
                }
            }
        }

        @Override
        public void close() {}

        private List<@Nullable Object[]> rows(JsonLines open) {
            List<@Nullable Object[]> rows = new ArrayList<>();
            while (rows.size() < BATCH_ROWS) {
                byte[] line = open.next();
                if (line == null) {
                    break;
                }
                try {
                    rows.add(JsonValues.object(line, schema));
                } catch (IOException e) {
                    throw open.invalid(e);
                }
            }
            return rows;
        }
    }
}
