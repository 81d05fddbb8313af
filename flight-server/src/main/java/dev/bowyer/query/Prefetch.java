package dev.bowyer.query;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A stream without a reader as yet: it is read up to its first message, or its end, and then waits for one. More is
/// not read, so a query that nobody fetches costs what the engine prepares ahead.
///
/// The engine's calls arrive on its own threads, which must not be kept and must not call back: looking for the
/// first message moves to `executor`. No lock is held while others are told.
final class Prefetch implements BatchStream {
    private final Executor executor;
    private final CompletableFuture<Settled> settled = new CompletableFuture<>();
    private volatile @Nullable BatchStream stream;
    private volatile @Nullable ReadyListener reader;
    private @Nullable Next first;
    private boolean closed;

    Prefetch(Executor executor) {
        this.executor = executor;
    }

    /// How the wait for the first message ended.
    sealed interface Settled {
        /// A message or the end is there.
        record Ready() implements Settled {}

        /// Thrown again by whoever reads next.
        record Failed(Throwable failure) implements Settled {}

        /// Nobody wanted it any more.
        record Closed() implements Settled {}
    }

    /// For the engine: there is more to read.
    void streamReady() {
        ReadyListener listener = reader;
        if (listener == null) {
            executor.execute(this::look);
        } else {
            listener.ready();
        }
    }

    /// Takes over `opened`.
    void attach(BatchStream opened) {
        stream = opened;
        look();
    }

    CompletableFuture<Settled> settled() {
        return settled;
    }

    /// From now on a reader is told, and reads: it must do so once on its own accord.
    void readBy(ReadyListener listener) {
        reader = listener;
    }

    private void look() {
        Settled found = looked();
        if (found != null) {
            settled.complete(found);
        }
    }

    /// @return null: nothing yet, or nothing to do
    private synchronized @Nullable Settled looked() {
        BatchStream opened = stream;
        if (opened == null || reader != null || closed || settled.isDone()) {
            return null;
        }
        try {
            Next next = opened.next();
            if (next instanceof Pending) {
                return null;
            }
            first = next;
            return new Settled.Ready();
        } catch (RuntimeException | Error e) {
            return new Settled.Failed(e);
        }
    }

    @Override
    public synchronized Next next() {
        Next ahead = first;
        first = null;
        return ahead == null ? opened().next() : ahead;
    }

    @Override
    public void cancel() {
        opened().cancel();
    }

    @Override
    public QueryMetrics metrics() {
        return opened().metrics();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            if (first instanceof Message unread) {
                unread.release();
            }
            first = null;
            opened().close();
        }
        settled.complete(new Settled.Closed());
    }

    private BatchStream opened() {
        BatchStream opened = stream;
        if (opened == null) {
            throw new ServiceException(ErrorCode.INTERNAL, "a stream is used before it was opened");
        }
        return opened;
    }
}
