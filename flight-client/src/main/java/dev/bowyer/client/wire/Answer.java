package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchIterator;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Progress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/**
 * The rows of one FlightInfo, put together from its endpoints: several at once, one after the other where their order matters. Each
 * row comes once, or the reader gets an error.
 */
public final class Answer implements BatchStream {
    /** How long {@link #close} waits for calls to end. */
    private static final long CLOSE_SECONDS = 10;
    /** How long a stream waits for other readers of the client to release memory. */
    static final Duration MEMORY_WAIT = Duration.ofSeconds(10);
    /** How long memory is short though nobody else holds any, until that is the answer: some may just have been released. */
    private static final long ALONE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    /** Shortest time between two reports of progress while all rows are collected. */
    private static final long PROGRESS_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final FlightCalls calls;
    private final Executor executor;
    private final Reading reading;
    private final boolean keepsAll;
    private final Endpoints endpoints;
    private final AtomicReference<@Nullable Thread> user = new AtomicReference<>();
    private final BatchIterator iterator = new BatchIterator(this::next);
    private final long began = System.nanoTime();

    // under the lock of the endpoints
    private boolean cancelled;
    private boolean closed;
    private long rowsRead;
    private long aloneSince = System.nanoTime();

    /**
     * @param keepsAll for {@link #collect}; else for {@link #next}
     * @throws BadAnswer when an endpoint is where this client cannot go
     */
    Answer(FlightCalls calls, Memory memory, Executor executor, Reading reading, boolean keepsAll) {
        this.calls = calls;
        this.executor = executor;
        this.reading = reading;
        this.keepsAll = keepsAll;
        this.endpoints = new Endpoints(calls, memory, executor, reading, keepsAll);
    }

    /**
     * Begins to read, and waits until the schema is known.
     *
     * @throws BowyerException as {@link #next}; the answer is closed then
     */
    Answer opened() {
        try {
            if (endpoints.all().isEmpty()) {
                endpoints.schema(Schemas.parse(reading.info().getSchema()));
                schema();
            } else {
                endpoints.startFirst();
                exclusively(() -> {
                    await(() -> endpoints.schema() != null);
                    return this;
                });
            }
            return this;
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    @Override
    public Schema schema() {
        Schema known = endpoints.schema();
        if (known == null) {
            throw BowyerException.of(
                    ErrorCodes.BAD_ANSWER,
                    calls.settings().uri() + " sent an answer without endpoints and without a schema",
                    null);
        }
        return known;
    }

    @Override
    public BatchIterator iterator() {
        return iterator;
    }

    @Override
    public @Nullable Batch next() {
        return exclusively(() -> {
            Batch ahead = iterator.take();
            if (ahead != null) {
                return ahead;
            }
            AtomicReference<@Nullable Batch> taken = new AtomicReference<>();
            await(() -> {
                Batch batch = take();
                taken.set(batch);
                if (batch != null) {
                    rowsRead += batch.rowCount();
                } else if (endpoints.areOver()) {
                    checkTotal();
                    return true;
                }
                return batch != null;
            });
            Batch batch = taken.get();
            reportOr(() -> {
                if (batch != null) {
                    batch.close();
                }
            });
            return batch;
        });
    }

    /** All batches, in the order of the endpoints; they are the caller's. */
    public List<Batch> collect() {
        return exclusively(() -> {
            List<Batch> all = new ArrayList<>();
            await(() -> {
                if (!endpoints.areOver()) {
                    return false;
                }
                checkTotal();
                for (EndpointReader endpoint : endpoints.all()) {
                    all.addAll(endpoint.ready());
                    endpoint.ready().clear();
                }
                rowsRead = endpoints.rows();
                return true;
            });
            reportOr(() -> all.forEach(Batch::close));
            return all;
        });
    }

    @Override
    public long rowsRead() {
        return endpoints.locked(() -> rowsRead);
    }

    @Override
    public void cancel() {
        boolean isLate = endpoints.locked(() -> {
            cancelled = true;
            return closed || endpoints.areOver();
        });
        endpoints.stop("cancelled by the caller");
        if (!isLate) {
            // Also where nothing of it is read: the server may be at work on it.
            executor.execute(() -> calls.cancel(reading.info(), reading.scope().headers()));
        }
    }

    /** The client is closed: nothing more comes. */
    void clientCloses() {
        endpoints.fail(Memory.closed());
    }

    @Override
    public void close() {
        boolean first = endpoints.locked(() -> {
            boolean wasOpen = !closed;
            closed = true;
            return wasOpen;
        });
        if (!first) {
            return;
        }
        endpoints.stop("closed by the caller");
        iterator.close();
        endpoints.change(() -> {
            awaitCalls();
            endpoints.all().forEach(EndpointReader::dropReady);
        });
        endpoints.memory().release(endpoints.allocator());
        reading.ended().run();
    }

    private void awaitCalls() {
        boolean interrupted = false;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        for (long left = end - System.nanoTime(); endpoints.haveCalls() && left > 0; left = end - System.nanoTime()) {
            try {
                endpoints.await(left);
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    // ------------------------------------------------------------ waiting

    private <T extends @Nullable Object> T exclusively(Supplier<T> step) {
        if (!user.compareAndSet(null, Thread.currentThread())) {
            throw BowyerException.of(
                    ErrorCodes.CONCURRENT_USE,
                    "two threads read one stream at once",
                    "give each thread a stream of its own, or a partition");
        }
        try {
            return step.get();
        } finally {
            user.set(null);
        }
    }

    /** Until {@code condition}, which is looked at under the lock, holds; meanwhile reports progress, not under the lock. */
    private void await(BooleanSupplier condition) {
        long begins = System.nanoTime();
        while (!endpoints.locked(() -> awaitFor(condition, begins))) {
            report();
        }
    }

    /** @return whether {@code condition} holds; false after a while, to report */
    private boolean awaitFor(BooleanSupplier condition, long begins) {
        long end = System.nanoTime() + PROGRESS_NANOS;
        while (true) {
            throwIfEnded();
            if (condition.getAsBoolean()) {
                return true;
            }
            throwIfFailed(); // after what came before the failure has been taken
            endpoints.startMore();
            long left = nanosToWait(begins);
            if (keepsAll && System.nanoTime() > end) {
                return false;
            }
            try {
                endpoints.await(keepsAll ? Math.min(left, PROGRESS_NANOS) : left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FlightCalls.interrupted(e);
            }
        }
    }

    private void throwIfEnded() {
        if (closed) {
            throw BowyerException.of(ErrorCodes.CLOSED, "this stream is closed", "close it after its last use");
        }
        if (cancelled) {
            throw new BowyerException(
                    ErrorCodes.CANCELLED, "cancelled by the caller", null, QueryIds.of(reading.info()), null);
        }
    }

    private void throwIfFailed() {
        BowyerException failed = endpoints.failure();
        if (failed != null) {
            String queryId = failed.queryId() == null ? QueryIds.of(reading.info()) : failed.queryId();
            throw new BowyerException(
                    failed.code(), String.valueOf(failed.getMessage()), failed.hint(), queryId, failed);
        }
    }

    /** @throws BowyerException when the time is up */
    private long nanosToWait(long begins) {
        long now = System.nanoTime();
        long since = Math.max(endpoints.lastNews(), begins);
        long missing = missing();
        if (missing > 0) {
            return nanosToWaitForMemory(missing, since + MEMORY_WAIT.toNanos() - now);
        }
        aloneSince = now;
        Duration idle = calls.settings().waits().idle();
        long left = since + idle.toNanos() - now;
        if (left <= 0) {
            throw new BowyerException(
                    ErrorCodes.DEADLINE_EXCEEDED,
                    calls.settings().uri() + " has said nothing for " + idle.toSeconds() + " s",
                    "idleTimeout sets how long to wait",
                    QueryIds.of(reading.info()),
                    null);
        }
        return left;
    }

    /** Bytes that what is read now waits for; what is read ahead may wait. */
    private long missing() {
        return endpoints.all().stream()
                .filter(endpoint ->
                        !reading.inOrder() || keepsAll || endpoint.part().index() == endpoints.turn())
                .mapToLong(EndpointReader::missing)
                .max()
                .orElse(0);
    }

    /** Looks again now and then: a parent of the allocator does not tell of its releases, and those that were told may be at it. */
    private long nanosToWaitForMemory(long missing, long left) {
        Memory memory = endpoints.memory();
        long held = endpoints.allocator().getAllocatedMemory();
        long now = System.nanoTime();
        if (!keepsAll || held != memory.held()) {
            aloneSince = now;
        }
        if (now - aloneSince < ALONE_NANOS && left > 0) {
            endpoints.nudgeShort();
            return Math.min(left, PROGRESS_NANOS);
        }
        throw new BowyerException(
                ErrorCodes.MEMORY_BUDGET,
                "no room for " + missing + " bytes more in the memory budget of " + memory.budget() + " bytes: " + held
                        + " are held by this answer, " + (memory.held() - held) + " by others",
                keepsAll
                        ? "raise memoryBudget, ask for fewer rows or columns, or read batches from stream()"
                        : "close batches that were read, raise memoryBudget, or read with parallelism(1)",
                QueryIds.of(reading.info()),
                null);
    }

    private @Nullable Batch take() {
        if (!reading.inOrder()) {
            for (EndpointReader endpoint : endpoints.all()) {
                Batch batch = endpoint.poll();
                if (batch != null) {
                    return batch;
                }
            }
            return null;
        }
        while (endpoints.turn() < endpoints.all().size()) {
            EndpointReader current = endpoints.all().get(endpoints.turn());
            Batch batch = current.poll();
            if (batch != null || !current.isOver()) {
                return batch;
            }
            endpoints.nextTurn();
        }
        return null;
    }

    private void checkTotal() {
        long announced = reading.info().getTotalRecords();
        if (announced > 0 && announced != endpoints.rows()) { // 0 is what servers send that do not set it
            throw new BowyerException(
                    ErrorCodes.ROW_COUNT_MISMATCH,
                    "the server announced " + announced + " rows, and " + endpoints.rows() + " came",
                    "the answer is not whole; run the query again",
                    QueryIds.of(reading.info()),
                    null);
        }
    }

    private void reportOr(Runnable release) {
        try {
            report();
        } catch (RuntimeException | Error e) {
            release.run();
            throw e;
        }
    }

    private void report() {
        Consumer<Progress> listener = reading.progress();
        if (listener == null) {
            return;
        }
        long announced = reading.info().getTotalRecords();
        listener.accept(endpoints.locked(() -> new Progress(
                endpoints.rows(),
                endpoints.bytes(),
                announced < 0 ? OptionalLong.empty() : OptionalLong.of(announced),
                endpoints.over(),
                endpoints.all().size(),
                Duration.ofNanos(System.nanoTime() - began))));
    }
}
