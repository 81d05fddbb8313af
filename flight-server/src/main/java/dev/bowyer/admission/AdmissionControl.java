package dev.bowyer.admission;

import dev.bowyer.access.Caller;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/// Decides which queries run now, which wait and which are refused. Nobody blocks: what waits is a [Permit] in a
/// queue.
///
/// A slot goes to the caller who has the fewest, and among those to whoever had none for the longest time. When
/// the queue is full, whoever has most queries in it loses the one that came last. So many queries of one caller
/// keep nobody else waiting for more than one of them to end.
///
/// Thread-safe. Permits are completed without the lock, so that what hangs on them may come back here.
public final class AdmissionControl {
    /// Bounds of the hint when to try again.
    private static final Duration SOONEST_RETRY = Duration.ofSeconds(1);

    private static final Duration LATEST_RETRY = Duration.ofMinutes(1);
    /// How much the newest query counts in the mean time that one runs.
    private static final double NEWEST_WEIGHT = 0.1;

    private final AdmissionLimits limits;
    private final Timer timer;
    // All that wait, the oldest first.
    private final SequencedSet<Permit> waiting = new LinkedHashSet<>();
    // The same by caller; whose turn comes next stands first.
    private final SequencedMap<String, SequencedSet<Permit>> lines = new LinkedHashMap<>();
    private final Map<String, Integer> runningOf = new HashMap<>();
    private final Map<RefusedBy, Long> refused = new EnumMap<>(RefusedBy.class);
    private int running;
    private double meanRunNanos = SOONEST_RETRY.toNanos();
    private boolean stopped;
    private boolean expiryIsDue;

    AdmissionControl(AdmissionLimits limits, Timer timer) {
        this.limits = limits;
        this.timer = timer;
    }

    public static AdmissionControl of(AdmissionLimits limits) {
        return new AdmissionControl(limits, new Timer.OfTheMachine());
    }

    /// Asks for a slot. The permit that comes back may have been granted or refused already; the caller must close
    /// it in any case.
    public Permit request(Caller caller) {
        Permit asked = new Permit(this, caller.name(), timer.nanoTime());
        List<Runnable> told = new ArrayList<>();
        synchronized (this) {
            if (stopped) {
                refuse(asked, stopping(), told);
            } else {
                enqueue(asked);
                grantAll(told);
                if (waiting.size() > limits.queue()) {
                    refuseOneOf(asked.caller(), told);
                }
                expireLater();
            }
        }
        told.forEach(Runnable::run);
        return asked;
    }

    /// Refuses what waits and whatever comes, since the server is stopping. What runs goes on. Idempotent.
    public void stop() {
        List<Runnable> told = new ArrayList<>();
        synchronized (this) {
            stopped = true;
            List.copyOf(waiting).forEach(permit -> refuse(permit, stopping(), told));
        }
        told.forEach(Runnable::run);
    }

    public AdmissionLimits limits() {
        return limits;
    }

    /// Queries that run now.
    public synchronized int running() {
        return running;
    }

    /// Queries that wait for their turn.
    public synchronized int queued() {
        return waiting.size();
    }

    /// How many queries this limit has refused since the start.
    public synchronized long refused(RefusedBy limit) {
        return refused.getOrDefault(limit, 0L);
    }

    void giveBack(Permit permit) {
        List<Runnable> told = new ArrayList<>();
        synchronized (this) {
            switch (permit.state()) {
                case WAITING ->
                    refuse(permit, new ServiceException(ErrorCode.CANCELLED, "the query was cancelled"), told);
                case RUNNING -> {
                    permit.end();
                    running--;
                    runningOf.computeIfPresent(permit.caller(), (_, slots) -> slots == 1 ? null : slots - 1);
                    long ran = timer.nanoTime() - permit.grantedNanos();
                    meanRunNanos += NEWEST_WEIGHT * (ran - meanRunNanos);
                    grantAll(told);
                }
                case OVER -> {}
            }
        }
        told.forEach(Runnable::run);
    }

    private void enqueue(Permit permit) {
        waiting.add(permit);
        lines.computeIfAbsent(permit.caller(), _ -> new LinkedHashSet<>()).add(permit);
    }

    private void dequeue(Permit permit) {
        waiting.remove(permit);
        SequencedSet<Permit> line = lines.get(permit.caller());
        if (line != null && line.remove(permit) && line.isEmpty()) {
            lines.remove(permit.caller());
        }
    }

    private void grantAll(List<Runnable> told) {
        String next = running < limits.concurrent() ? nextCaller() : null;
        while (next != null) {
            SequencedSet<Permit> line = Objects.requireNonNull(lines.remove(next));
            Permit permit = line.removeFirst();
            if (!line.isEmpty()) {
                lines.putLast(next, line);
            }
            waiting.remove(permit);
            running++;
            runningOf.merge(next, 1, Integer::sum);
            long now = timer.nanoTime();
            permit.run(now);
            Duration waited = Duration.ofNanos(now - permit.askedNanos());
            told.add(() -> permit.granted().complete(waited));
            next = running < limits.concurrent() ? nextCaller() : null;
        }
    }

    /// Null: nobody waits who may have one more slot.
    private @Nullable String nextCaller() {
        String next = null;
        int fewest = limits.perCaller();
        for (String caller : lines.keySet()) {
            int slots = slotsOf(caller);
            if (slots < fewest) {
                next = caller;
                fewest = slots;
            }
        }
        return next;
    }

    private int slotsOf(String caller) {
        return runningOf.getOrDefault(caller, 0);
    }

    /// The newest of whoever has most in the queue; of several, of `newcomer`.
    private void refuseOneOf(String newcomer, List<Runnable> told) {
        SequencedSet<Permit> longest = lines.getOrDefault(newcomer, new LinkedHashSet<>());
        for (SequencedSet<Permit> line : lines.values()) {
            if (line.size() > longest.size()) {
                longest = line;
            }
        }
        Permit permit = longest.getLast();
        int slots = slotsOf(permit.caller());
        boolean byOwn = slots >= limits.perCaller() && running < limits.concurrent();
        String full =
                waiting.size() - 1 + " queries wait for their turn already (limits.queue: " + limits.queue() + ")";
        if (byOwn) {
            String own = "per-caller: " + slots + " queries of " + permit.caller() + " run (limits.per-caller: "
                    + limits.perCaller() + ")";
            refuse(permit, overLimit(RefusedBy.PER_CALLER, own + ", and " + full), told);
        } else {
            String run = "queue: " + running + " queries run (limits.concurrent-queries: " + limits.concurrent() + ")";
            refuse(permit, overLimit(RefusedBy.QUEUE, run + ", and " + full), told);
        }
    }

    private ServiceException overLimit(RefusedBy limit, String message) {
        refused.merge(limit, 1L, Long::sum);
        long turns = waiting.size() / limits.concurrent() + 1L;
        Duration guess = Duration.ofNanos((long) (meanRunNanos * turns));
        Duration seconds = Duration.ofSeconds(guess.plusSeconds(1).minusNanos(1).toSeconds());
        Duration retry = seconds.compareTo(LATEST_RETRY) > 0 ? LATEST_RETRY : seconds;
        retry = retry.compareTo(SOONEST_RETRY) < 0 ? SOONEST_RETRY : retry;
        String hint = "try again in " + retry.toSeconds() + " s";
        return new ServiceException(ErrorCode.LIMIT_REACHED, message, hint).retryAfter(retry);
    }

    private static ServiceException stopping() {
        return new ServiceException(
                ErrorCode.UNAVAILABLE, "the server is stopping", "ask another replica, or try again soon");
    }

    private void refuse(Permit permit, ServiceException why, List<Runnable> told) {
        dequeue(permit);
        permit.end();
        told.add(() -> permit.granted().completeExceptionally(why));
    }

    private void expireLater() {
        if (!expiryIsDue && !waiting.isEmpty()) {
            expiryIsDue = true;
            timer.after(Duration.ofNanos(deadline(waiting.getFirst()) - timer.nanoTime()), this::expire);
        }
    }

    private long deadline(Permit permit) {
        return permit.askedNanos() + limits.queueWait().toNanos();
    }

    /// Refuses what has waited for too long, and comes back as long as anything waits.
    private void expire() {
        List<Runnable> told = new ArrayList<>();
        synchronized (this) {
            expiryIsDue = false;
            while (!waiting.isEmpty() && deadline(waiting.getFirst()) - timer.nanoTime() <= 0) {
                String message = "queue-wait: the query's turn did not come in "
                        + limits.queueWait().toMillis() + " ms (limits.queue-wait); " + running + " run and "
                        + waiting.size() + " wait";
                refuse(waiting.getFirst(), overLimit(RefusedBy.QUEUE_WAIT, message), told);
            }
            expireLater();
        }
        told.forEach(Runnable::run);
    }
}
