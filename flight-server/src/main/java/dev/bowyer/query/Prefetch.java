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
/// first message moves to `executor`.
final class Prefetch implements BatchStream {
    private final Executor executor;
    private final CompletableFuture<@Nullable Void> settled = new CompletableFuture<>();
    private @Nullable BatchStream stream;
    private @Nullable Next first;
    private @Nullable ReadyListener reader;
    private boolean failed;
    private boolean closed;

    Prefetch(Executor executor) {
        this.executor = executor;
    }

    /// For the engine: there is more to read.
    void streamReady() {
        ReadyListener listener;
        synchronized (this) {
            listener = reader;
        }
        if (listener == null) {
            executor.execute(this::look);
        } else {
            listener.ready();
        }
    }

    /// Takes over `opened`.
    void attach(BatchStream opened) {
        synchronized (this) {
            stream = opened;
        }
        look();
    }

    /// Completes with the first message, the end or the failure of the stream; [#next] tells which.
    CompletableFuture<@Nullable Void> settled() {
        return settled;
    }

    synchronized boolean hasFailed() {
        return failed;
    }

    /// From now on a reader is told and reads.
    synchronized void readBy(ReadyListener listener) {
        reader = listener;
    }

    private synchronized void look() {
        if (reader != null || closed || settled.isDone() || stream == null) {
            return;
        }
        try {
            Next next = stream.next();
            if (next instanceof Pending) {
                return;
            }
            first = next;
        } catch (RuntimeException _) {
            // Thrown again by whoever reads next.
            failed = true;
        }
        settled.complete(null);
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
    public synchronized void close() {
        closed = true;
        if (first instanceof Message unread) {
            unread.release();
            first = null;
        }
        opened().close();
        settled.complete(null);
    }

    private synchronized BatchStream opened() {
        if (stream == null) {
            throw new ServiceException(ErrorCode.INTERNAL, "a stream is used before it was opened");
        }
        return stream;
    }
}
