package dev.bowyer.query;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// One running query: the engine's stream, visible under an id. Its first outcome (a failure, the end of the
/// rows) is the one that is told; it is told on close, when nothing is held any more. Threads and ownership
/// as for every [BatchStream].
public final class Query implements BatchStream {
    /// Of a query that never ran, or whose metrics cannot be had.
    static final QueryMetrics NOTHING = QueryMetrics.NOTHING;

    private final QueryIdentity identity;
    private final Schema schema;
    private final String dataVersion;
    private final BatchStream stream;
    private final long begunNanos;
    private final CompletableFuture<Void> turn;
    private final Consumer<QueryEvent> listener;
    private final AtomicBoolean answered = new AtomicBoolean();
    private final AtomicReference<QueryEvent.@Nullable Outcome> outcome = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile @Nullable ServiceException stopped;

    /// @param turn as [#turn]
    /// @param listener told of the first rows, and once of the end, when the stream is closed
    Query(
            Begin begin,
            Schema schema,
            String dataVersion,
            BatchStream stream,
            CompletableFuture<Void> turn,
            Consumer<QueryEvent> listener) {
        this.identity = begin.identity();
        this.begunNanos = begin.nanos();
        this.schema = schema;
        this.dataVersion = dataVersion;
        this.stream = stream;
        this.turn = turn;
        this.listener = listener;
    }

    /// A query at its begin.
    ///
    /// @param nanos [System#nanoTime] then
    record Begin(QueryIdentity identity, long nanos) {
        String queryId() {
            return identity.id();
        }

        Duration elapsed() {
            return Duration.ofNanos(System.nanoTime() - nanos);
        }
    }

    public QueryIdentity identity() {
        return identity;
    }

    public String id() {
        return identity.id();
    }

    public String sql() {
        return identity.sql();
    }

    /// Name of whoever asked for it.
    public String caller() {
        return identity.caller();
    }

    /// The schema of every message.
    public Schema schema() {
        return schema;
    }

    /// Of the data that it reads; see [dev.bowyer.engine.Plan#dataVersion].
    public String dataVersion() {
        return dataVersion;
    }

    /// Wall time since the query was begun.
    public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begunNanos);
    }

    /// Completes when the query runs, or with the reason why it never will, which [#next] throws too. What hangs on
    /// it must be quick: it runs on a thread of many.
    public CompletableFuture<Void> turn() {
        return turn.copy();
    }

    /// Blocks until the query runs. Closes it if it never will.
    ///
    /// @throws ServiceException the reason, then
    Query awaitTurn() {
        try {
            turn.get();
        } catch (ExecutionException _) {
            try (this) {
                next();
            }
        } catch (InterruptedException _) {
            try (this) {
                stop(new ServiceException(ErrorCode.CANCELLED, "the query was cancelled"));
            }
            Thread.currentThread().interrupt();
            throw new ServiceException(ErrorCode.CANCELLED, "the query was cancelled").ofQuery(id());
        }
        return this;
    }

    /// Ends it with `reason`, as which [#next] then fails, unless it has ended already. Any thread may, at any moment.
    public void stop(ServiceException reason) {
        if (outcome.compareAndSet(null, new QueryEvent.Failed(reason))) {
            stopped = reason;
            cancel();
        }
    }

    @Override
    public Next next() {
        Next next;
        try {
            next = stream.next();
        } catch (RuntimeException | Error e) {
            ServiceException reason = stopped;
            ServiceException error = reason == null ? asServiceException(e) : reason;
            outcome.compareAndSet(null, new QueryEvent.Failed(error));
            throw error;
        }
        if (!(next instanceof Pending) && answered.compareAndSet(false, true)) {
            listener.accept(new QueryEvent.FirstBatch(identity, elapsed()));
        }
        if (next instanceof End) {
            outcome.compareAndSet(null, new QueryEvent.Finished());
        }
        return next;
    }

    /// What is not ours already becomes INTERNAL.
    static ServiceException asServiceException(Throwable failure) {
        return failure instanceof ServiceException ours
                ? ours
                : new ServiceException(ErrorCode.INTERNAL, "the engine failed unexpectedly", null, failure);
    }

    /// To be told by whoever passes the rows on, when its reader kept it waiting; not after [#close].
    public void stalled(Duration waited) {
        listener.accept(new QueryEvent.Stalled(identity, waited));
    }

    @Override
    public void cancel() {
        stream.cancel();
    }

    @Override
    public QueryMetrics metrics() {
        return stream.metrics();
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        QueryMetrics metrics = NOTHING;
        try (stream) {
            metrics = stream.metrics();
        } finally {
            QueryEvent.Outcome how = outcome.get();
            listener.accept(
                    new QueryEvent.Ended(identity, how == null ? new QueryEvent.Abandoned() : how, metrics, elapsed()));
        }
    }
}
