package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.BatchStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** Batches in memory; knows which of its streams are open, and whether one was cancelled. */
final class MemorySource implements BatchSource, AutoCloseable {
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger open = new AtomicInteger();
    final AtomicInteger cancelled = new AtomicInteger();
    final AtomicInteger handedOut = new AtomicInteger();

    private final Schema schema;
    private final List<Batch> batches;
    private final @Nullable BowyerException end;

    private MemorySource(Schema schema, List<Batch> batches, @Nullable BowyerException end) {
        this.schema = schema;
        this.batches = batches;
        this.end = end;
    }

    static MemorySource of(Schema schema, List<Batch> batches) {
        return new MemorySource(schema, batches, null);
    }

    /** The same batches with {@code end} thrown after them; to be closed in place of this. */
    MemorySource failing(BowyerException end) {
        return new MemorySource(schema, batches, end);
    }

    /** The first batches of this {@code times} times. To be closed besides this. */
    MemorySource repeated(int times) {
        List<Batch> all = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            batches.forEach(batch -> all.add(batch.share()));
        }
        return new MemorySource(schema, all, null);
    }

    List<Batch> batches() {
        return batches;
    }

    long rows() {
        return batches.stream().mapToLong(Batch::rowCount).sum();
    }

    @Override
    public Schema schema() {
        return schema;
    }

    @Override
    public BatchStream stream() {
        opened.incrementAndGet();
        open.incrementAndGet();
        return new Stream();
    }

    @Override
    public void close() {
        batches.forEach(Batch::close);
    }

    private final class Stream implements BatchStream {
        private int next;
        private long rows;
        private boolean closed;

        @Override
        public Schema schema() {
            return schema;
        }

        @Override
        public @Nullable Batch next() {
            if (closed) {
                throw new IllegalStateException("closed");
            }
            if (next == batches.size()) {
                if (end != null) {
                    throw end;
                }
                return null;
            }
            Batch batch = batches.get(next++).share();
            handedOut.incrementAndGet();
            rows += batch.rowCount();
            return batch;
        }

        @Override
        public long rowsRead() {
            return rows;
        }

        @Override
        public void cancel() {
            cancelled.incrementAndGet();
        }

        @Override
        public void close() {
            if (!closed) {
                closed = true;
                open.decrementAndGet();
            }
        }
    }
}
