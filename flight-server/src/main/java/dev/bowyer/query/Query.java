package dev.bowyer.query;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
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

    private final String id;
    private final String sql;
    private final String caller;
    private final Schema schema;
    private final BatchStream stream;
    private final long begunNanos;
    private final Consumer<QueryEvent.Ended> onEnd;
    private final AtomicReference<QueryEvent.@Nullable Outcome> outcome = new AtomicReference<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    /// @param onEnd told once, when the stream is closed
    Query(Begin begin, Schema schema, BatchStream stream, Consumer<QueryEvent.Ended> onEnd) {
        this.id = begin.queryId();
        this.sql = begin.sql();
        this.caller = begin.caller();
        this.begunNanos = begin.nanos();
        this.schema = schema;
        this.stream = stream;
        this.onEnd = onEnd;
    }

    /// Where a query comes from: its id, statement, caller and [System#nanoTime] at its begin.
    record Begin(String queryId, String sql, String caller, long nanos) {
        Duration elapsed() {
            return Duration.ofNanos(System.nanoTime() - nanos);
        }
    }

    public String id() {
        return id;
    }

    public String sql() {
        return sql;
    }

    /// Name of whoever asked for it.
    public String caller() {
        return caller;
    }

    /// The schema of every message.
    public Schema schema() {
        return schema;
    }

    /// Wall time since the query was begun.
    public Duration elapsed() {
        return Duration.ofNanos(System.nanoTime() - begunNanos);
    }

    @Override
    public Next next() {
        Next next;
        try {
            next = stream.next();
        } catch (RuntimeException | Error e) {
            ServiceException error = asServiceException(e);
            outcome.compareAndSet(null, new QueryEvent.Failed(error));
            throw error;
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
            onEnd.accept(
                    new QueryEvent.Ended(id, sql, how == null ? new QueryEvent.Abandoned() : how, metrics, elapsed()));
        }
    }
}
