package dev.bowyer.engine;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.FileFormat;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.lake.ParquetRows;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Reads single Parquet files as a query would: a table of one file, scanned. Rows come in no particular
/// order, one batch in memory at a time. A file that has none of the columns asked for gives no rows.
public final class ParquetRowReader implements ParquetRows {
    /// Longest time from opening a file to its last row.
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMinutes(2);

    /// What the file is called in messages.
    private static final DatasetName NAME = new DatasetName(DatasetName.DEFAULT_NAMESPACE, "metadata");

    private static final int IPC_ALIGNMENT = 8;

    private final QueryEngine engine;
    private final BufferAllocator allocator;
    private final Duration timeout;

    /// @param allocator for the batches handed out. Stays the caller's
    /// @param timeout see [#DEFAULT_TIMEOUT]
    public ParquetRowReader(QueryEngine engine, BufferAllocator allocator, Duration timeout) {
        this.engine = engine;
        this.allocator = allocator;
        this.timeout = timeout;
    }

    @Override
    public Rows read(String url, List<String> columns) {
        // A catalog of its own: nobody else ever sees the table.
        Catalog catalog = new Catalog(engine);
        Source file = new Source.Files(url, FileFormat.PARQUET, List.of(), Source.CsvOptions.DEFAULT);
        Set<String> there = catalog.register(NAME, file).table().schema().getFields().stream()
                .map(Field::getName)
                .collect(Collectors.toSet());
        List<String> wanted = columns.stream().filter(there::contains).toList();
        if (wanted.isEmpty()) {
            return new NoRows();
        }
        Statement scan = new Statement.Scan(NAME, wanted, null, null);
        try (Plan plan = engine.plan(catalog.current(), scan, PlanOptions.DEFAULT)) {
            Semaphore ready = new Semaphore(0);
            RunOptions options = RunOptions.of(new ExecutionLimits(0, timeout));
            return new Running(plan.schema(), engine.execute(plan, options, ready::release), ready);
        }
    }

    private static final class NoRows implements Rows {
        @Override
        public @Nullable VectorSchemaRoot next() {
            return null;
        }

        @Override
        public void close() {}
    }

    private final class Running implements Rows {
        private final VectorSchemaRoot root;
        private final BatchStream stream;
        private final Semaphore ready;
        private boolean closed;

        /// Takes over `stream`.
        Running(Schema schema, BatchStream stream, Semaphore ready) {
            this.root = VectorSchemaRoot.create(schema, allocator);
            this.stream = stream;
            this.ready = ready;
        }

        @Override
        public @Nullable VectorSchemaRoot next() {
            while (true) {
                switch (stream.next()) {
                    case BatchStream.Pending _ -> await();
                    case BatchStream.End _ -> {
                        return null;
                    }
                    case BatchStream.Message message -> {
                        try {
                            load(message);
                        } finally {
                            message.release();
                        }
                        return root;
                    }
                }
            }
        }

        /// The run has the same deadline and says so itself.
        private void await() {
            try {
                if (!ready.tryAcquire(timeout.toMillis() * 2, TimeUnit.MILLISECONDS)) {
                    stream.cancel();
                    throw new ServiceException(
                            ErrorCode.TIMEOUT, "a Parquet file was not read within " + timeout.toSeconds() + " s");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                stream.cancel();
                throw new ServiceException(ErrorCode.CANCELLED, "reading a Parquet file was interrupted", null, e);
            }
        }

        private void load(BatchStream.Message message) {
            try (ArrowRecordBatch batch = batch(message)) {
                new VectorLoader(root).load(batch);
            }
        }

        private ArrowRecordBatch batch(BatchStream.Message message) {
            // Becomes the batch's.
            ArrowBuf body = allocator.buffer(Math.max(message.bodyBytes(), IPC_ALIGNMENT));
            try {
                long at = 0;
                for (ByteBuffer part : message.body()) {
                    body.setBytes(at, part.duplicate());
                    at += part.remaining();
                }
                Message header = Message.getRootAsMessage(message.header().duplicate());
                return MessageSerializer.deserializeRecordBatch(header, body);
            } catch (IOException e) {
                body.close();
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                try (stream) {
                    root.close();
                }
            }
        }
    }
}
