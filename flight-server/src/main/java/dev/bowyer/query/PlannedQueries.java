package dev.bowyer.query;

import java.time.Duration;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Plans that were announced, by query id: those that wait for their first run, and for a moment those that
/// had it. Bounded in number and time, because many are never fetched; whoever comes later is planned again.
/// Each plan pins the data it was planned over.
///
/// A full store drops the oldest that has run already; only when all of them wait, the oldest that waits. No
/// policy of use counts here: a plan is worth most before its first use, and hardly anything after it.
final class PlannedQueries implements AutoCloseable {
    static final int MAX_PLANS = 1_000;
    /// How long a plan waits for its first run.
    static final Duration WAIT = Duration.ofMinutes(15);
    /// How long after its first run a plan can be run again: for a client that repeats a broken fetch.
    static final Duration REPEAT = Duration.ofSeconds(60);
    /// Longest that a plan is kept past its time.
    private static final Duration SWEEP = Duration.ofSeconds(5);

    private final LongSupplier nanoTime;
    // Both in the order of their deadlines.
    private final Map<String, Kept> waiting = new LinkedHashMap<>();
    private final Map<String, Kept> hadRun = new LinkedHashMap<>();
    private boolean sweepIsDue;

    PlannedQueries() {
        this(System::nanoTime);
    }

    PlannedQueries(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// @param awaited the parts that had no run yet
    private record Kept(SharedPlan plan, String caller, BitSet awaited, long deadline) {}

    /// Takes over the hold of `plan`.
    synchronized void put(PlannedQuery announced, SharedPlan plan) {
        dropOverdue();
        while (waiting.size() + hadRun.size() >= MAX_PLANS) {
            dropFirst(hadRun.isEmpty() ? waiting : hadRun);
        }
        String caller = announced.request().caller().name();
        long deadline = nanoTime.getAsLong() + WAIT.toNanos();
        BitSet awaited = new BitSet();
        awaited.set(0, announced.parts());
        waiting.put(announced.id(), new Kept(plan, caller, awaited, deadline));
        sweepLater();
    }

    /// For the run of a part. A plan waits until each of its parts had one.
    ///
    /// @return the plan, held for the caller, who must release it; null: never here, run too long ago or
    ///     pushed out
    synchronized @Nullable SharedPlan find(String queryId, int part) {
        dropOverdue();
        Kept kept = waiting.get(queryId);
        if (kept == null) {
            kept = hadRun.get(queryId);
        } else {
            kept.awaited().clear(part);
            if (kept.awaited().isEmpty()) {
                waiting.remove(queryId);
                long deadline = nanoTime.getAsLong() + REPEAT.toNanos();
                hadRun.put(queryId, new Kept(kept.plan(), kept.caller(), kept.awaited(), deadline));
            }
        }
        return kept != null && kept.plan().hold() ? kept.plan() : null;
    }

    /// Whose plan it is; null: it is not here.
    synchronized @Nullable String callerOf(String queryId) {
        Kept kept = waiting.getOrDefault(queryId, hadRun.get(queryId));
        return kept == null ? null : kept.caller();
    }

    /// Drops the plan, whether it has run or not.
    ///
    /// @return whether it still waited for its first run
    synchronized boolean forget(String queryId) {
        dropOverdue();
        Kept hasRun = hadRun.remove(queryId);
        if (hasRun != null) {
            hasRun.plan().release();
        }
        Kept waits = waiting.remove(queryId);
        if (waits != null) {
            waits.plan().release();
        }
        return waits != null;
    }

    @Override
    public synchronized void close() {
        while (!waiting.isEmpty()) {
            dropFirst(waiting);
        }
        while (!hadRun.isEmpty()) {
            dropFirst(hadRun);
        }
    }

    /// Drops what is past its time, and comes back as long as anything is left.
    synchronized void sweep() {
        sweepIsDue = false;
        dropOverdue();
        if (!waiting.isEmpty() || !hadRun.isEmpty()) {
            sweepLater();
        }
    }

    private void sweepLater() {
        if (!sweepIsDue) {
            sweepIsDue = true;
            CompletableFuture.delayedExecutor(SWEEP.toMillis(), TimeUnit.MILLISECONDS)
                    .execute(this::sweep);
        }
    }

    private void dropOverdue() {
        long now = nanoTime.getAsLong();
        dropOverdue(waiting, now);
        dropOverdue(hadRun, now);
    }

    private static void dropOverdue(Map<String, Kept> plans, long now) {
        while (!plans.isEmpty() && plans.values().iterator().next().deadline() - now <= 0) {
            dropFirst(plans);
        }
    }

    private static void dropFirst(Map<String, Kept> plans) {
        Iterator<Kept> oldest = plans.values().iterator();
        SharedPlan plan = oldest.next().plan();
        oldest.remove();
        plan.release();
    }
}
