package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints of one answer: what they share, and the one lock that guards all of it. Callbacks of gRPC change it; the thread that
 * reads the answer waits for news.
 */
final class Endpoints {
    /** Share of the budget that endpoints may fill before it is their turn. */
    private static final int AHEAD_SHARE = 2;

    private final FlightCalls calls;
    private final Memory memory;
    private final Executor executor;
    private final BufferAllocator allocator;
    private final Reading reading;
    private final boolean keepsAll;
    private final List<EndpointReader> all;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();

    private @Nullable Schema schema;
    private int schemaOf;
    private @Nullable BowyerException failure;
    private boolean stopped;
    private int running;
    private int started;
    private int over;
    private int turn;
    private long rows;
    private long bytes;
    private long lastNews = System.nanoTime();

    /** @param keepsAll whether nothing is taken before all is there */
    Endpoints(FlightCalls calls, Memory memory, Executor executor, Reading reading, boolean keepsAll) {
        this.calls = calls;
        this.memory = memory;
        this.executor = executor;
        this.reading = reading;
        this.keepsAll = keepsAll;
        this.all = reading.parts(calls.settings().uri()).stream()
                .map(part -> new EndpointReader(this, part))
                .toList();
        this.allocator = memory.allocator("answer");
    }

    // ------------------------------------------------------------ for the answer

    List<EndpointReader> all() {
        return all;
    }

    <T> T locked(Supplier<T> step) {
        lock.lock();
        try {
            return step.get();
        } finally {
            lock.unlock();
        }
    }

    void change(Runnable step) {
        lock.lock();
        try {
            step.run();
        } finally {
            lock.unlock();
        }
    }

    /** Under the lock: waits for something to change, or for a while; whoever waits looks for itself what it was. */
    @SuppressWarnings("WaitNotInLoop") // the callers loop
    long await(long nanos) throws InterruptedException {
        return news.awaitNanos(nanos);
    }

    void signal() {
        news.signalAll();
    }

    @Nullable
    Schema schema() {
        return schema;
    }

    void schema(@Nullable Schema known) {
        schema = known;
    }

    @Nullable
    BowyerException failure() {
        return failure;
    }

    boolean areOver() {
        return over == all.size();
    }

    int over() {
        return over;
    }

    long rows() {
        return rows;
    }

    long bytes() {
        return bytes;
    }

    /** When something came last, by {@link System#nanoTime}. */
    long lastNews() {
        return lastNews;
    }

    boolean haveCalls() {
        return running > 0;
    }

    /** The endpoint that is read now, where one is read after the other. */
    int turn() {
        return turn;
    }

    void nextTurn() {
        turn++;
        if (turn < all.size()) {
            executor.execute(all.get(turn)::nudge);
        }
    }

    /** Begins the first call on this thread, so that what is wrong with it shows here. */
    void startFirst() {
        started = 1;
        all.get(0).start();
    }

    /** Under the lock; the calls are begun on other threads, since each may need a login first. */
    void startMore() {
        while (started < all.size() && started - over < reading.parallelism() && !stopped) {
            EndpointReader next = all.get(started++);
            executor.execute(() -> start(next));
        }
    }

    /** Those that wait for memory look again. */
    void nudgeShort() {
        for (EndpointReader endpoint : all) {
            if (endpoint.missing() > 0) {
                executor.execute(endpoint::nudge);
            }
        }
    }

    /** No rows are wanted any more. */
    void stop(String reason) {
        change(() -> {
            stopped = true;
            signal();
        });
        all.forEach(endpoint -> endpoint.stop(reason));
    }

    // ------------------------------------------------------------ for the endpoints

    FlightCalls calls() {
        return calls;
    }

    Memory memory() {
        return memory;
    }

    BufferAllocator allocator() {
        return allocator;
    }

    CallScope scope() {
        return reading.scope();
    }

    boolean keepsAll() {
        return keepsAll;
    }

    boolean areStopped() {
        return stopped;
    }

    /** @return false when there is nothing to call for any more */
    boolean callBegins() {
        if (!stopped) {
            running++;
        }
        return !stopped;
    }

    void callEnds() {
        running--;
        lastNews = System.nanoTime();
        signal();
    }

    void endpointEnds() {
        over++;
        startMore();
        signal();
    }

    /** @throws BowyerException SCHEMA_MISMATCH when another endpoint has sent another schema */
    void schemaArrived(@Nullable Schema sent, int endpoint) {
        lastNews = System.nanoTime();
        if (sent == null) {
            return;
        }
        Schema known = schema;
        if (known == null) {
            schema = sent;
            schemaOf = endpoint;
            signal();
        } else if (!known.equals(sent)) {
            boolean inOrder = schemaOf <= endpoint;
            Schemas.same(
                    inOrder ? known : sent,
                    inOrder ? sent : known,
                    Math.min(schemaOf, endpoint),
                    Math.max(schemaOf, endpoint));
        }
    }

    void arrived(long moreRows, long moreBytes) {
        rows += moreRows;
        bytes += moreBytes;
        lastNews = System.nanoTime();
        signal();
    }

    /** Rows that will come again. */
    void forgotten(long gone) {
        rows -= gone;
    }

    /**
     * Where one endpoint is read after the other, those that are read ahead have a share of the budget, which leaves the rest to the
     * one whose turn it is.
     */
    boolean mayHold(EndpointReader endpoint, int size) {
        if (keepsAll || !reading.inOrder()) {
            return true;
        }
        return locked(() -> endpoint.part().index() <= turn
                || allocator.getAllocatedMemory() + size <= memory.budget() / AHEAD_SHARE);
    }

    /** @param attempt the one that failed; 0: no pause is needed */
    void restart(EndpointReader endpoint, int attempt) {
        Duration pause = attempt == 0 ? Duration.ZERO : calls.backoff().pause(attempt);
        CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS, executor)
                .execute(() -> start(endpoint));
    }

    private void start(EndpointReader endpoint) {
        try {
            endpoint.start();
        } catch (BowyerException e) {
            fail(e);
        } catch (RuntimeException | Error e) {
            fail(new BowyerException(ErrorCodes.INTERNAL, "a stream could not be begun: " + e, null, e));
        }
    }

    /** The first failure is the answer's; the other endpoints are stopped. */
    void fail(BowyerException failed) {
        boolean first = locked(() -> {
            boolean isFirst = !stopped;
            if (isFirst) {
                failure = failed;
                stopped = true;
            }
            signal();
            return isFirst;
        });
        if (first) {
            all.forEach(endpoint -> endpoint.stop("another endpoint failed"));
        }
    }
}
