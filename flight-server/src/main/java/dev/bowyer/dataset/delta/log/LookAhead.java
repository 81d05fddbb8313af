package dev.bowyer.dataset.delta.log;

import io.delta.kernel.utils.CloseableIterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// An iterator that reads as it is asked, one element ahead.
abstract class LookAhead<T> implements CloseableIterator<T> {
    private @Nullable T ahead;

    /// @return null: there are no more
    abstract @Nullable T read();

    @Override
    public final boolean hasNext() {
        return peek() != null;
    }

    @Override
    public final T next() {
        T next = peek();
        if (next == null) {
            throw new NoSuchElementException();
        }
        ahead = null;
        return next;
    }

    /// What comes next; null: nothing.
    final @Nullable T peek() {
        if (ahead == null) {
            ahead = read();
        }
        return ahead;
    }
}
