package dev.bowyer.flight.wire;

import dev.bowyer.engine.BatchStream;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Pumps one [BatchStream] into one gRPC call: sends while the call is ready and the stream has messages, and
/// otherwise waits without a thread until either of them reports. A client that stops reading therefore costs
/// what the call's on-ready threshold lets through and what the stream prepares ahead, and no more.
///
/// One pump runs at a time. Whoever has news adds to a counter; the thread that finds it at zero pumps until
/// it is zero again. News come from the event loop (the call is ready), from the engine (a message is ready)
/// and from a cancel; none of these may be kept waiting, so the pump runs on `executor`. All calls on the stream and
/// the call are made by the pump, except for [BatchStream#cancel].
///
/// The call ends as complete only when the stream said [BatchStream.End]; every other way out ends it with an
/// error.
public final class BatchWriter {
    /// Number of rows of a stream that ended well, in its trailers: a reader that has others has not all of them.
    static final Metadata.Key<String> ROWS = Metadata.Key.of("x-bowyer-rows", Metadata.ASCII_STRING_MARSHALLER);

    private static final Logger LOG = LoggerFactory.getLogger(BatchWriter.class);

    private final ServerCall<?, Frame> call;
    private final Executor executor;
    private final Function<Throwable, StatusRuntimeException> errors;
    private final AtomicInteger news = new AtomicInteger();
    private volatile @Nullable BatchStream stream;
    private volatile boolean cancelled;
    private volatile @Nullable Throwable aborted;
    private volatile long movedNanos = System.nanoTime();
    private final AtomicBoolean ended = new AtomicBoolean();
    private boolean done;
    private long rows;
    /// When the reader was found not ready, in [System#nanoTime]; 0: it is not waited for.
    private long stalledSince;

    private LongConsumer stalls = _ -> {};

    /// @param executor runs the pump; must not run it in the caller
    /// @param errors what the client is told about a failure of the stream
    public BatchWriter(
            ServerCall<?, Frame> call, Executor executor, Function<Throwable, StatusRuntimeException> errors) {
        this.call = call;
        this.executor = executor;
        this.errors = errors;
    }

    /// Sends `schema`, then what `opened` holds. To be called once; takes over the duty to close `opened` and
    /// to end the call, also when something fails at once or the call was cancelled meanwhile.
    public void start(Schema schema, BatchStream opened) {
        start(schema, opened, new Metadata(), _ -> {});
    }

    /// As the other.
    ///
    /// @param headers of the answer
    /// @param waited told of each wait for the reader that is over, in nanoseconds
    public void start(Schema schema, BatchStream opened, Metadata headers, LongConsumer waited) {
        if (isOver()) {
            done = true;
            close(opened);
            return;
        }
        stalls = waited;
        try {
            call.sendHeaders(headers);
            send(Frame.schema(schema));
        } catch (RuntimeException | Error e) {
            done = true;
            close(opened);
            fail(e);
            return;
        }
        stream = opened;
        pump();
    }

    /// Ends the call with an error, in place of [#start]. Does nothing once the call has ended.
    public void fail(Throwable failure) {
        StatusRuntimeException told = errors.apply(failure);
        Metadata trailers = told.getTrailers();
        end(told.getStatus(), trailers == null ? new Metadata() : trailers);
    }

    /// Ends the call with an error at any moment, from any thread, whether its reader reads or not: the stream is
    /// closed soon. What the connection has been given stays there until the reader takes it, and hears of the
    /// error, or the connection ends. Does nothing once the call has ended.
    public void abort(Throwable failure) {
        aborted = failure;
        if (stream == null) {
            fail(failure);
        } else {
            pumpElsewhere();
        }
    }

    /// How long the stream has been waiting for its reader; zero while it can send.
    ///
    /// @param nanos [System#nanoTime] now
    public Duration stalledSince(long nanos) {
        boolean waits = stream != null && !isOver() && !call.isReady();
        return waits ? Duration.ofNanos(nanos - movedNanos) : Duration.ZERO;
    }

    /// The call is ready for more. Returns at once.
    public void callReady() {
        movedNanos = System.nanoTime();
        if (stream != null) {
            pumpElsewhere();
        }
    }

    /// The stream has more. Returns at once.
    public void streamReady() {
        pumpElsewhere();
    }

    /// The client is gone, or its deadline has passed. Stops the stream at once and closes it soon after.
    public void cancel() {
        cancelled = true;
        BatchStream running = stream;
        if (running != null) {
            try {
                running.cancel();
            } finally {
                pumpElsewhere();
            }
        }
    }

    /// Whether the call is cancelled or ended, so that opening a stream for it is no use.
    public boolean isOver() {
        return cancelled || ended.get();
    }

    private void pumpElsewhere() {
        try {
            executor.execute(this::pump);
        } catch (RejectedExecutionException _) {
            // The event loop has ended, and the connection with it. The stream still has to be closed, which is
            // not for the caller: it may be a thread of the engine.
            cancelled = true;
            Thread.ofPlatform().daemon().name("closing a stream").start(this::pump);
        }
    }

    private void pump() {
        if (news.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            BatchStream running = stream;
            if (running != null && !done) {
                step(running);
            }
            seen = news.addAndGet(-seen);
        } while (seen != 0);
    }

    /// Throws nothing. Frees the run before the client hears of its end, so that it finds nothing left
    /// behind.
    private void step(BatchStream running) {
        try {
            Throwable reason = aborted;
            if (reason != null) {
                done = true;
                close(running);
                fail(reason);
                return;
            }
            done = cancelled || sentAll(running);
            if (done) {
                close(running);
                Metadata trailers = new Metadata();
                trailers.put(ROWS, Long.toString(rows));
                end(Status.OK, trailers);
            }
        } catch (RuntimeException | Error e) {
            done = true;
            close(running);
            fail(e);
        }
    }

    /// @return whether the stream is at its end; false also when the call was cancelled meanwhile
    private boolean sentAll(BatchStream running) {
        while (!cancelled && aborted == null && isReaderReady()) {
            switch (running.next()) {
                case BatchStream.Message message -> {
                    rows += message.rows();
                    send(Frame.batch(message));
                }
                case BatchStream.Pending _ -> {
                    return false;
                }
                case BatchStream.End _ -> {
                    return true;
                }
            }
        }
        return false;
    }

    /// Reads the clock only when the answer is another one than last time.
    private boolean isReaderReady() {
        if (call.isReady()) {
            readerIsBack();
            return true;
        }
        if (stalledSince == 0) {
            stalledSince = System.nanoTime() | 1;
        }
        return false;
    }

    private void readerIsBack() {
        if (stalledSince != 0) {
            long waited = System.nanoTime() - stalledSince;
            stalledSince = 0;
            stalls.accept(waited);
        }
    }

    private void send(Frame frame) {
        movedNanos = System.nanoTime();
        try {
            call.sendMessage(frame);
        } catch (Error e) {
            // gRPC has ended the call by itself then.
            ended.set(true);
            throw e;
        } finally {
            frame.releaseUnlessStreamed();
        }
    }

    private void end(Status status, Metadata trailers) {
        if (cancelled || !ended.compareAndSet(false, true)) {
            return;
        }
        try {
            call.close(status, trailers);
        } catch (RuntimeException e) {
            LOG.warn("a call that should end with {} was over already", status.getCode(), e);
        }
    }

    private void close(BatchStream running) {
        try (running) {
            readerIsBack();
        } catch (RuntimeException | Error e) {
            LOG.error("closing a stream failed", e);
        }
    }
}
