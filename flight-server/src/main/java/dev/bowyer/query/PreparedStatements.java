package dev.bowyer.query;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// What this replica remembers of prepared statements, by statement id. None of it is needed: a handle carries its
/// statement and its values, so a statement that was pushed out, or prepared elsewhere, is planned again. What
/// it gives:
///
/// * a plan for as long as the data stays the same, so that each use costs a run and no planning;
/// * the values bound last, for clients that go on with the handle from before they bound;
/// * which statements were closed, so that their use is an error rather than a surprise.
final class PreparedStatements implements AutoCloseable {
    static final int MAX_STATEMENTS = 1_000;
    /// How long a statement may lie unused.
    static final Duration IDLE = Duration.ofHours(1);

    static final int MAX_CLOSED = 10_000;
    /// Of all values together that are remembered; those bound longest ago go first.
    static final long MAX_VALUE_BYTES = 64L * 1024 * 1024;

    private static final Duration SWEEP = Duration.ofMinutes(1);

    private final LongSupplier nanoTime;
    // In the order of their last use.
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final Map<String, Boolean> closed = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > MAX_CLOSED;
        }
    };

    private long valueBytes;
    private boolean sweepIsDue;

    PreparedStatements() {
        this(System::nanoTime);
    }

    PreparedStatements(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    private static final class Entry {
        private Planner.@Nullable Planned planned;
        private byte @Nullable [] parameters;
        private long lastUse;

        int valueBytes() {
            return parameters == null ? 0 : parameters.length;
        }

        void drop() {
            if (planned != null) {
                planned.plan().release();
                planned = null;
            }
        }
    }

    /// Keeps `planned`, with a hold of its own, in place of an earlier plan. Without effect on a closed statement.
    synchronized void keep(String statementId, Planner.Planned planned) {
        Entry entry = touch(statementId);
        if (entry != null && planned.plan().hold()) {
            entry.drop();
            entry.planned = planned;
        }
    }

    /// @return with a hold that the caller must release; null: not here
    /// @throws ServiceException QUERY_NOT_FOUND if it was closed
    synchronized Planner.@Nullable Planned find(String statementId) {
        if (closed.containsKey(statementId)) {
            throw new ServiceException(
                    ErrorCode.QUERY_NOT_FOUND, "the prepared statement was closed", "prepare it again");
        }
        dropIdle();
        Entry entry = entries.get(statementId);
        if (entry == null || entry.planned == null || !entry.planned.plan().hold()) {
            return null;
        }
        entry.lastUse = nanoTime.getAsLong();
        return entry.planned;
    }

    synchronized void bound(String statementId, byte[] parameters) {
        Entry entry = touch(statementId);
        if (entry == null) {
            return;
        }
        valueBytes += parameters.length - entry.valueBytes();
        entry.parameters = parameters;
        for (Entry oldest : entries.values()) {
            if (valueBytes <= MAX_VALUE_BYTES) {
                return;
            }
            if (oldest != entry) {
                valueBytes -= oldest.valueBytes();
                oldest.parameters = null;
            }
        }
    }

    /// The values bound last; null: none, or forgotten.
    synchronized byte @Nullable [] parameters(String statementId) {
        Entry entry = entries.get(statementId);
        return entry == null ? null : entry.parameters;
    }

    /// Idempotent.
    synchronized void forget(String statementId) {
        closed.put(statementId, true);
        Entry entry = entries.remove(statementId);
        if (entry != null) {
            drop(entry);
        }
    }

    @Override
    public synchronized void close() {
        entries.values().forEach(this::drop);
        entries.clear();
    }

    /// Drops what lies idle, and comes back as long as anything is left.
    synchronized void sweep() {
        sweepIsDue = false;
        dropIdle();
        sweepLater();
    }

    private void sweepLater() {
        if (!sweepIsDue && !entries.isEmpty()) {
            sweepIsDue = true;
            CompletableFuture.delayedExecutor(SWEEP.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(this::sweep);
        }
    }

    private void drop(Entry entry) {
        valueBytes -= entry.valueBytes();
        entry.drop();
    }

    private @Nullable Entry touch(String statementId) {
        if (closed.containsKey(statementId)) {
            return null;
        }
        dropIdle();
        Entry entry = entries.computeIfAbsent(statementId, _ -> new Entry());
        entry.lastUse = nanoTime.getAsLong();
        sweepLater();
        while (entries.size() > MAX_STATEMENTS) {
            dropOldest();
        }
        return entry;
    }

    private void dropIdle() {
        long oldest = nanoTime.getAsLong() - IDLE.toNanos();
        while (!entries.isEmpty() && entries.values().iterator().next().lastUse - oldest < 0) {
            dropOldest();
        }
    }

    private void dropOldest() {
        Iterator<Entry> all = entries.values().iterator();
        drop(all.next());
        all.remove();
    }
}
