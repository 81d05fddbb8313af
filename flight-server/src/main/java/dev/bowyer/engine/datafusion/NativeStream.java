package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/// One run. [#cancel] and [#metrics] may meet [#close] on another thread: they then find the handle closed, before
/// the call or by the engine's error, and do nothing or answer with what the run had used when it was closed.
final class NativeStream implements BatchStream {
    private final NativeBorder border;
    private final NativeHandle query;
    private final String sql;
    private final Runnable unregister;
    private @Nullable ServiceException failure;
    private boolean ended;
    private volatile QueryMetrics lastMetrics = QueryMetrics.NOTHING;

    /// @param query owned by this stream from here on
    /// @param unregister ends the calls of the listener
    NativeStream(NativeBorder border, NativeHandle query, String sql, Runnable unregister) {
        this.border = border;
        this.query = query;
        this.sql = sql;
        this.unregister = unregister;
    }

    @Override
    public Next next() {
        if (failure != null) {
            throw failure;
        }
        if (ended) {
            return End.INSTANCE;
        }
        try {
            Next next = border.queryNext(query.value(), sql);
            ended = next instanceof End;
            return next;
        } catch (ServiceException e) {
            failure = e;
            throw e;
        }
    }

    @Override
    public void cancel() {
        if (query.isClosed()) {
            return;
        }
        try {
            border.on(border.calls().queryCancel, query.value());
        } catch (ServiceException e) {
            if (!query.isClosed()) {
                throw e;
            }
        }
    }

    @Override
    public QueryMetrics metrics() {
        if (query.isClosed()) {
            return lastMetrics;
        }
        try {
            return metrics(border.ask(border.calls().queryMetrics, query.value()));
        } catch (ServiceException e) {
            if (query.isClosed()) {
                return lastMetrics;
            }
            throw e;
        }
    }

    @Override
    public void close() {
        unregister.run();
        try {
            lastMetrics = metrics();
        } finally {
            query.close();
        }
    }

    private static QueryMetrics metrics(JsonNode json) {
        return new QueryMetrics(
                json.path("rows").asLong(),
                json.path("bytes").asLong(),
                json.path("messages").asLong(),
                json.path("memoryPeak").asLong(),
                json.path("spilled").asLong(),
                Duration.of(json.path("planningMicros").asLong(), ChronoUnit.MICROS),
                Duration.of(json.path("elapsedMicros").asLong(), ChronoUnit.MICROS),
                json.path("retried").asBoolean(),
                json.path("progress").asDouble(QueryMetrics.UNKNOWN_PROGRESS));
    }
}
