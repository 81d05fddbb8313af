package dev.bowyer.query;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Queries that a poll started and nobody fetches yet, by query id. Each holds what the engine needs to run it, so
/// they are few, and one that is neither polled nor fetched is cancelled.
final class StartedQueries implements AutoCloseable {
    private static final int MAX_STARTED = 64;
    /// How long a query waits for the next poll or for its reader.
    static final Duration IDLE = Duration.ofMinutes(5);

    private static final Duration SWEEP = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(StartedQueries.class);

    private final LongSupplier nanoTime;
    private final int most;
    // In the order of their last touch.
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private boolean sweepIsDue;

    /// @param slots of queries that run: at most half of them are held by queries that nobody fetches
    StartedQueries(LongSupplier nanoTime, int slots) {
        this.nanoTime = nanoTime;
        this.most = Math.clamp(slots / 2, 1, MAX_STARTED);
    }

    /// A query and the stream below it that reads ahead.
    record Started(Query query, Prefetch stream) {
        void end() {
            try (query) {
                query.cancel();
            } catch (RuntimeException e) {
                // The others have to be ended all the same.
                LOG.error("ending query {} failed", query.id(), e);
            }
        }
    }

    private static final class Entry {
        private final Started started;
        private long touched;

        Entry(Started started, long touched) {
            this.started = started;
            this.touched = touched;
        }
    }

    /// @throws ServiceException LIMIT_REACHED if there is no room for one more
    synchronized void requireRoom() {
        if (entries.size() >= most) {
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED,
                    "started-queries: " + most + " queries started by PollFlightInfo wait to be fetched",
                    "fetch or cancel some of them, or use GetFlightInfo");
        }
    }

    /// Takes over the duty to close the query.
    void put(String queryId, Started started) {
        Entry before;
        synchronized (this) {
            before = entries.put(queryId, new Entry(started, nanoTime.getAsLong()));
            sweepLater();
        }
        if (before != null) {
            before.started.end();
        }
    }

    /// Looks without taking it away; counts as a touch.
    synchronized @Nullable Started find(String queryId) {
        Entry entry = entries.get(queryId);
        if (entry == null) {
            return null;
        }
        entry.touched = nanoTime.getAsLong();
        return entry.started;
    }

    /// Takes away exactly `started`.
    ///
    /// @return whether it was there, so that the caller has to close the query
    synchronized boolean take(String queryId, Started started) {
        Entry entry = entries.get(queryId);
        boolean isIt = entry != null && entry.started.query() == started.query();
        if (isIt) {
            entries.remove(queryId);
        }
        return isIt;
    }

    /// The caller has to close the query from here on.
    synchronized @Nullable Started take(String queryId) {
        Entry entry = entries.remove(queryId);
        return entry == null ? null : entry.started;
    }

    @Override
    public void close() {
        List<Started> all = new ArrayList<>();
        synchronized (this) {
            entries.values().forEach(entry -> all.add(entry.started));
            entries.clear();
        }
        all.forEach(Started::end);
    }

    /// Ends what is past its time, and comes back as long as anything is left.
    void sweep() {
        List<Started> overdue = new ArrayList<>();
        synchronized (this) {
            sweepIsDue = false;
            long oldest = nanoTime.getAsLong() - IDLE.toNanos();
            Iterator<Entry> all = entries.values().iterator();
            while (all.hasNext()) {
                Entry entry = all.next();
                if (entry.touched - oldest > 0) {
                    break;
                }
                overdue.add(entry.started);
                all.remove();
            }
            sweepLater();
        }
        overdue.forEach(Started::end);
    }

    private void sweepLater() {
        if (!sweepIsDue && !entries.isEmpty()) {
            sweepIsDue = true;
            CompletableFuture.delayedExecutor(SWEEP.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(this::sweep);
        }
    }
}
