package dev.bowyer.dataset;

import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Opens many datasets, several at a time, since most of that is waiting for storage.
public final class ParallelOpening {
    /// Most datasets that are opened at the same time.
    public static final int MAX_PARALLEL = 8;

    private ParallelOpening() {}

    /// @param entry that could not be opened
    public record Failure<T>(T entry, ServiceException cause) {}

    /// Calls `open` once for each of `entries`, on platform threads, as opening a table blocks in native code. Returns
    /// when all have ended.
    ///
    /// @return what failed, in the order of `entries`
    /// @throws CancellationException when the calling thread is interrupted
    public static <T> List<Failure<T>> each(List<T> entries, Consumer<T> open) {
        List<Failure<T>> failures = new ArrayList<>();
        if (entries.isEmpty()) {
            return failures;
        }
        try (ExecutorService openers = Executors.newFixedThreadPool(Math.min(MAX_PARALLEL, entries.size()))) {
            List<Future<?>> running = new ArrayList<>();
            entries.forEach(entry -> running.add(openers.submit(() -> open.accept(entry))));
            for (int i = 0; i < entries.size(); i++) {
                ServiceException cause = failure(running.get(i), openers);
                if (cause != null) {
                    failures.add(new Failure<>(entries.get(i), cause));
                }
            }
        }
        return failures;
    }

    private static @Nullable ServiceException failure(Future<?> opening, ExecutorService openers) {
        try {
            opening.get();
            return null;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ServiceException cause) {
                return cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            openers.shutdownNow();
            Thread.currentThread().interrupt();
            throw (CancellationException) new CancellationException("interrupted at start").initCause(e);
        }
    }
}
