package dev.bowyer.query;

import dev.bowyer.admission.Permit;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A stream that begins when its query's turn has come. Until then it has nothing; if it never comes, reading fails
/// with the reason. No thread waits, and the slot is held until the stream is closed.
///
/// Room is made by whoever closes another query, and that may hold locks and be in a hurry: the run is then begun by
/// an executor. The lock makes sure that nothing begins any more once the slot was given back.
final class QueuedStream implements BatchStream {
    private final Permit permit;
    private final ReadyListener ready;
    private final Function<Duration, BatchStream> opening;
    private final CompletableFuture<Void> turn = new CompletableFuture<>();
    private volatile @Nullable BatchStream stream;
    private volatile @Nullable ServiceException failure;
    private boolean cancelled;
    private boolean closed;

    /// @param permit closed with this stream
    /// @param ready told when the turn has come, or never will
    /// @param opening begins the run; gets how long it has waited
    QueuedStream(Permit permit, ReadyListener ready, Function<Duration, BatchStream> opening) {
        this.permit = permit;
        this.ready = ready;
        this.opening = opening;
    }

    /// To be called once, before all else. If the query is refused or fails at once, throws the reason and closes this
    /// stream.
    ///
    /// @param executor begins the run if it has to wait
    /// @param afterwards run once the run has begun or never will
    void begin(Executor executor, Runnable afterwards) {
        CompletableFuture<Duration> granted = permit.granted();
        if (!granted.isDone()) {
            var _ = granted.handleAsync(
                    (waited, refusal) -> {
                        settle(waited, refusal, afterwards);
                        ready.ready();
                        return waited;
                    },
                    executor);
            return;
        }
        var _ = granted.handle((waited, refusal) -> {
            settle(waited, refusal, afterwards);
            return waited;
        });
        ServiceException refused = failure;
        if (refused != null) {
            close();
            throw refused;
        }
    }

    /// Completes when the run has begun, or with the reason why it never will.
    CompletableFuture<Void> turn() {
        return turn;
    }

    private void settle(@Nullable Duration waited, @Nullable Throwable refusal, Runnable afterwards) {
        ServiceException reason;
        try {
            reason =
                    refusal == null ? open(waited == null ? Duration.ZERO : waited) : Query.asServiceException(refusal);
        } finally {
            afterwards.run();
        }
        if (reason == null) {
            turn.complete(null);
        } else {
            failure = reason;
            turn.completeExceptionally(reason);
        }
    }

    /// @return null: it runs, or was closed meanwhile
    private synchronized @Nullable ServiceException open(Duration waited) {
        if (closed) {
            return null;
        }
        if (cancelled) {
            return new ServiceException(ErrorCode.CANCELLED, "the query was cancelled");
        }
        try {
            stream = opening.apply(waited);
            return null;
        } catch (RuntimeException | Error e) {
            return Query.asServiceException(e);
        }
    }

    @Override
    public Next next() {
        ServiceException refused = failure;
        if (refused != null) {
            throw refused;
        }
        BatchStream begun = stream;
        return begun == null ? Pending.INSTANCE : begun.next();
    }

    @Override
    public void cancel() {
        BatchStream begun;
        synchronized (this) {
            cancelled = true;
            begun = stream;
        }
        if (begun == null) {
            // Leaves the queue, which ends the wait with CANCELLED.
            permit.close();
        } else {
            begun.cancel();
        }
    }

    @Override
    public QueryMetrics metrics() {
        BatchStream begun = stream;
        return begun == null ? QueryMetrics.NOTHING : begun.metrics();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        try (permit) {
            BatchStream begun = stream;
            if (begun != null) {
                begun.close();
            }
        }
    }
}
