package dev.bowyer.client.frame;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** The rows of a frame once more, in batches that share its memory. */
final class ChunkStream implements BatchStream {
    private final Schema schema;
    private final Chunks chunks;
    private final BatchIterator iterator = new BatchIterator(this::next);
    private final AtomicBoolean busy = new AtomicBoolean();
    private int nextChunk;
    private long rowsRead;
    private volatile boolean cancelled;
    private boolean closed;

    /** @param chunks taken over */
    ChunkStream(Schema schema, Chunks chunks) {
        this.schema = schema;
        this.chunks = chunks;
    }

    @Override
    public Schema schema() {
        return schema;
    }

    @Override
    public @Nullable Batch next() {
        enter();
        try {
            if (closed) {
                throw BowyerException.of(ErrorCodes.CLOSED, "this stream is closed", "begin another with stream()");
            }
            if (cancelled) {
                throw BowyerException.of(ErrorCodes.CANCELLED, "this stream was cancelled", null);
            }
            Batch ahead = iterator.take();
            if (ahead != null) {
                return ahead;
            }
            if (nextChunk == chunks.count()) {
                return null;
            }
            Chunks.Chunk chunk = chunks.get(nextChunk);
            Batch source = chunk.batch();
            Batch batch =
                    chunk.rows() == source.rowCount() ? source.share() : source.slice(chunk.start(), chunk.rows());
            nextChunk++;
            rowsRead += batch.rowCount();
            return batch;
        } finally {
            busy.set(false);
        }
    }

    @Override
    public Iterator<Batch> iterator() {
        return iterator;
    }

    private void enter() {
        if (!busy.compareAndSet(false, true)) {
            throw BowyerException.of(
                    ErrorCodes.CONCURRENT_USE,
                    "another thread is reading this stream",
                    "begin a stream for each thread");
        }
    }

    @Override
    public long rowsRead() {
        return rowsRead;
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    @Override
    public void close() {
        enter();
        try {
            if (!closed) {
                closed = true;
                iterator.close();
                chunks.close();
            }
        } finally {
            busy.set(false);
        }
    }
}
