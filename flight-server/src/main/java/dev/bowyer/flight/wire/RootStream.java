package dev.bowyer.flight.wire;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/// Rows made in Java (the answers to metadata commands) as a [BatchStream]. Each message is encoded into
/// plain memory when it is asked for, so nothing of Arrow's is held between two calls.
///
/// @param <R> one row
public final class RootStream<R> implements BatchStream {
    /// A message ends after the row that takes it past this many bytes, as the rows' writer estimates them. Small
    /// enough for the collector to take its array for an ordinary object, also in a heap of 1 GiB.
    static final int MESSAGE_BYTES = 256 * 1024;

    private final BufferAllocator allocator;
    private final Schema schema;
    private final Iterator<R> rows;
    private final RowWriter<R> writer;
    private volatile boolean cancelled;
    private long rowsDone;
    private long bytesDone;
    private long messagesDone;

    /// Writes a row into the vectors of a root.
    @FunctionalInterface
    public interface RowWriter<R> {
        /// @return about how many bytes it takes
        int write(VectorSchemaRoot root, int index, R row);
    }

    public RootStream(BufferAllocator allocator, Schema schema, Iterator<R> rows, RowWriter<R> writer) {
        this.allocator = allocator;
        this.schema = schema;
        this.rows = rows;
        this.writer = writer;
    }

    public Schema schema() {
        return schema;
    }

    @Override
    public Next next() {
        if (cancelled) {
            throw new ServiceException(ErrorCode.CANCELLED, "the request was cancelled");
        }
        if (!rows.hasNext()) {
            return End.INSTANCE;
        }
        try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
            int count = 0;
            long bytes = 0;
            while (rows.hasNext() && bytes < MESSAGE_BYTES) {
                bytes += writer.write(root, count, rows.next());
                count++;
            }
            root.setRowCount(count);
            return encode(root);
        }
    }

    private Encoded encode(VectorSchemaRoot root) {
        try (ArrowRecordBatch batch = new VectorUnloader(root).getRecordBatch()) {
            ByteBuffer header = MessageSerializer.serializeMetadata(batch, IpcOption.DEFAULT);
            ByteBuffer body = ByteBuffer.allocate(Math.toIntExact(batch.computeBodyLength()));
            MessageSerializer.writeBatchBuffers(new WriteChannel(new Memory(body)), batch);
            body.flip();
            rowsDone += root.getRowCount();
            bytesDone += header.remaining() + (long) body.remaining();
            messagesDone++;
            return new Encoded(header, List.of(body), body.remaining(), root.getRowCount());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    @Override
    public QueryMetrics metrics() {
        return new QueryMetrics(
                rowsDone,
                bytesDone,
                messagesDone,
                0,
                0,
                Duration.ZERO,
                Duration.ZERO,
                false,
                QueryMetrics.UNKNOWN_PROGRESS);
    }

    @Override
    public void close() {}

    /// A channel into a buffer that is as large as what is written.
    private record Memory(ByteBuffer buffer) implements WritableByteChannel {
        @Override
        public int write(ByteBuffer from) {
            int bytes = from.remaining();
            buffer.put(from);
            return bytes;
        }

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public void close() {}
    }

    /// Lives in the Java heap; releasing it does nothing.
    private record Encoded(ByteBuffer header, List<ByteBuffer> body, long bodyBytes, long rows) implements Message {
        @Override
        public void release() {}
    }
}
