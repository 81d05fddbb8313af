package dev.bowyer.client.wire;

import io.grpc.Context;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** One question on its way, from its first call to the end of its answer: what cancels it. Thread-safe. */
public final class Running {
    private final Context.CancellableContext asking = Context.current().withCancellation();
    private volatile boolean cancelled;
    private volatile @Nullable Answer answer;

    /** Calls that end with CANCELLED when this is cancelled. */
    <T> T asks(Callable<T> calls) {
        try {
            return asking.call(calls);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e); // the calls declare none
        }
    }

    void answers(Answer begun) {
        answer = begun;
        if (cancelled) {
            begun.cancel();
        }
    }

    /** Nothing more is asked. */
    void asked() {
        asking.close();
    }

    /** The answer is closed. */
    void ended() {
        answer = null;
    }

    /** From any thread, without waiting. */
    public void cancel() {
        cancelled = true;
        asking.cancel(null);
        Answer begun = answer;
        if (begun != null) {
            begun.cancel();
        }
    }
}
