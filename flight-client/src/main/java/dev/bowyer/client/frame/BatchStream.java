package dev.bowyer.client.frame;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Consumer;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * Rows, batch by batch, once. For one thread at a time but for {@link #cancel}; a second thread gets CONCURRENT_USE.
 *
 * <pre>{@code
 * try (BatchStream stream = client.sql("SELECT * FROM trips").stream()) {
 *     for (Batch batch : stream) {
 *         try (batch) {
 *             ...
 *         }
 *     }
 * }
 * }</pre>
 */
public interface BatchStream extends Iterable<Batch>, AutoCloseable {
    /** As in {@link BatchSource#schema}; the same for every batch. */
    Schema schema();

    /**
     * Waits for the next batch.
     *
     * @return a batch that belongs to the caller: later calls do not change it, it may outlive the stream, and its memory is
     *     held until it is closed. Null at the end, again and again
     * @throws dev.bowyer.client.error.BowyerException when the answer cannot be had whole; rows that came before are then a
     *     part of it
     */
    @Nullable
    Batch next();

    /** Rows of the batches that {@link #next} has returned. */
    long rowsRead();

    /** Stops the query, also at the server; {@link #next} then throws CANCELLED. From any thread, without waiting. */
    void cancel();

    /** Releases all but the batches that were returned, and stops the query if it runs. Does nothing the second time. */
    @Override
    void close();

    /** Reads what is left; each batch is closed after {@code consumer} has seen it. */
    default void drain(Consumer<? super Batch> consumer) {
        for (Batch batch = next(); batch != null; batch = next()) {
            try (Batch taken = batch) {
                consumer.accept(taken);
            }
        }
    }

    /**
     * What is left, by {@link #next}; whoever takes a batch closes it. Its {@code hasNext()} reads a batch ahead:
     * streams that have one {@link BatchIterator} return that batch from {@link #next} too, and release it when they
     * are closed. From others, which do not override this, {@code next()} of the iterator must follow.
     */
    @Override
    default Iterator<Batch> iterator() {
        return new Iterator<>() {
            private @Nullable Batch ahead;

            @Override
            public boolean hasNext() {
                if (ahead == null) {
                    ahead = BatchStream.this.next();
                }
                return ahead != null;
            }

            @Override
            public Batch next() {
                Batch batch = hasNext() ? ahead : null;
                ahead = null;
                if (batch == null) {
                    throw new NoSuchElementException();
                }
                return batch;
            }
        };
    }
}
