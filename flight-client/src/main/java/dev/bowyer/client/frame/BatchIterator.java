package dev.bowyer.client.frame;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one iterator of a stream, which keeps the batch that {@code hasNext()} took: so the stream's own
 * {@code next()} can return it first, and its {@code close()} release it. As the stream, for one thread at a time.
 */
public final class BatchIterator implements Iterator<Batch>, AutoCloseable {
    private final Supplier<@Nullable Batch> stream;
    private @Nullable Batch ahead;

    /** @param stream its {@code next()}, which asks {@link #take} first */
    public BatchIterator(Supplier<@Nullable Batch> stream) {
        this.stream = stream;
    }

    @Override
    public boolean hasNext() {
        if (ahead == null) {
            ahead = stream.get();
        }
        return ahead != null;
    }

    @Override
    public Batch next() {
        Batch batch = hasNext() ? take() : null;
        if (batch == null) {
            throw new NoSuchElementException();
        }
        return batch;
    }

    /** The batch that {@link #hasNext} took and nobody has had yet, which is the caller's then; else null. */
    public @Nullable Batch take() {
        Batch batch = ahead;
        ahead = null;
        return batch;
    }

    /** Releases the batch that nobody has had. */
    @Override
    public void close() {
        Batch batch = take();
        if (batch != null) {
            batch.close();
        }
    }
}
