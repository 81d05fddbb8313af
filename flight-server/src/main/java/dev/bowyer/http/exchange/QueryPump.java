package dev.bowyer.http.exchange;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.query.Query;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// A query that is read by a thread which may wait. The engine prepares a few messages ahead and no more, so a reader
/// that is slow slows the query down.
public final class QueryPump implements AutoCloseable {
    /// Longest wait before the stream is looked at again without having been told to.
    private static final long LOOK_AGAIN_SECONDS = 10;

    private final Semaphore ready = new Semaphore(0);
    private final Query query;

    private QueryPump(Function<ReadyListener, Query> start) {
        this.query = start.apply(ready::release);
    }

    /// @param start of the query, which the pump owns from then on
    public static QueryPump start(Function<ReadyListener, Query> start) {
        return new QueryPump(start);
    }

    /// What the query is known by.
    public String queryId() {
        return query.id();
    }

    /// What `traceparent` says of the query.
    public String traceParent() {
        return query.identity().trace().traceParent();
    }

    /// See [Query#stalled].
    public void stalled(Duration waited) {
        query.stalled(waited);
    }

    /// See [Query#dataVersion].
    public String dataVersion() {
        return query.dataVersion();
    }

    /// Of its rows.
    public Schema schema() {
        return query.schema();
    }

    /// The next message, which the caller has to release; null: the end.
    ///
    /// @throws ServiceException as the query fails
    public BatchStream.@Nullable Message next() {
        try {
            while (true) {
                switch (query.next()) {
                    case BatchStream.Pending _ -> await();
                    case BatchStream.End _ -> {
                        return null;
                    }
                    case BatchStream.Message message -> {
                        return message;
                    }
                }
            }
        } catch (ServiceException e) {
            throw e.ofQuery(query.id());
        }
    }

    private void await() {
        try {
            if (ready.tryAcquire(LOOK_AGAIN_SECONDS, TimeUnit.SECONDS)) {
                ready.drainPermits();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            query.cancel();
            throw new ServiceException(ErrorCode.UNAVAILABLE, "the server is stopping", null, e);
        }
    }

    /// From any thread.
    public void cancel() {
        query.cancel();
    }

    @Override
    public void close() {
        query.close();
    }
}
