package dev.bowyer.flight.wire;

import dev.bowyer.engine.BatchStream;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Pumps one [BatchStream] into one gRPC call: sends while the call is ready and the stream has messages, and
/// otherwise waits without a thread until either of them reports. A client that stops reading therefore costs
/// what the call's on-ready threshold lets through and what the stream prepares ahead, and no more.
///
/// One pump runs at a time. Whoever has news adds to a counter; the thread that finds it at zero pumps until
/// it is zero again. News come from the event loop (the call is ready), from the engine (a message is ready;
/// moved to `executor`, since the engine's threads must return at once) and from a cancel. All calls on the
/// stream and the call are made by the pump, except for [BatchStream#cancel].
///
/// The call ends as complete only when the stream said [BatchStream.End]; every other way out ends it with an
/// error.
public final class BatchWriter {
    private final ServerCall<?, Frame> call;
    private final Executor executor;
    private final Function<Throwable, StatusRuntimeException> errors;
    private final AtomicInteger news = new AtomicInteger();
    private volatile @Nullable BatchStream stream;
    private volatile boolean cancelled;
    private boolean done;

    /// @param executor runs the pump when the engine or a cancel asks for it; must not run it in the caller
    /// @param errors what the client is told about a failure of the stream
    public BatchWriter(
            ServerCall<?, Frame> call, Executor executor, Function<Throwable, StatusRuntimeException> errors) {
        this.call = call;
        this.executor = executor;
        this.errors = errors;
    }

    /// Sends `schema`, then what `opened` holds. To be called once; takes over the duty to close `opened`,
    /// also when the call was cancelled meanwhile.
    public void start(Schema schema, BatchStream opened) {
        try {
            call.sendHeaders(new Metadata());
            send(Frame.schema(schema));
        } catch (RuntimeException | Error e) {
            opened.close();
            throw e;
        }
        stream = opened;
        if (cancelled) {
            opened.cancel();
        }
        pump();
    }

    /// The call is ready for more. Pumps in the caller: the event loop, where writing is cheapest.
    public void callReady() {
        if (stream != null) {
            pump();
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
            running.cancel();
            pumpElsewhere();
        }
    }

    public boolean isCancelled() {
        return cancelled;
    }

    private void pumpElsewhere() {
        try {
            executor.execute(this::pump);
        } catch (RejectedExecutionException _) {
            // The server is past its grace: nobody else would close the stream.
            pump();
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

    private void step(BatchStream running) {
        try {
            if (cancelled) {
                done = true;
                running.close();
            } else {
                sendWhatIsReady(running);
            }
        } catch (RuntimeException | Error e) {
            done = true;
            StatusRuntimeException told = errors.apply(e);
            Metadata trailers = told.getTrailers();
            closeQuietly(running, told.getStatus(), trailers == null ? new Metadata() : trailers);
        }
    }

    private void sendWhatIsReady(BatchStream running) {
        while (!cancelled && call.isReady()) {
            switch (running.next()) {
                case BatchStream.Message message -> send(Frame.batch(message));
                case BatchStream.Pending _ -> {
                    return;
                }
                case BatchStream.End _ -> {
                    done = true;
                    closeQuietly(running, Status.OK, new Metadata());
                    return;
                }
            }
        }
    }

    private void send(Frame frame) {
        try {
            call.sendMessage(frame);
        } finally {
            frame.releaseUnlessStreamed();
        }
    }

    /// Frees the run before the client hears of its end, so that it finds nothing left behind.
    private void closeQuietly(BatchStream running, Status status, Metadata trailers) {
        try {
            running.close();
        } finally {
            if (!cancelled) {
                call.close(status, trailers);
            }
        }
    }
}
