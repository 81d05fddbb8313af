package dev.bowyer.admission;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/// One query's place: in the queue first, then among those that run. Whoever asked for it closes it, in any
/// state; that gives back whatever it holds. Thread-safe.
public final class Permit implements AutoCloseable {
    private final AdmissionControl control;
    private final String caller;
    private final long askedNanos;
    private final CompletableFuture<Duration> granted = new CompletableFuture<>();
    // What follows is guarded by the control.
    private State state = State.WAITING;
    private long grantedNanos;

    enum State {
        WAITING,
        RUNNING,
        OVER
    }

    Permit(AdmissionControl control, String caller, long askedNanos) {
        this.control = control;
        this.caller = caller;
        this.askedNanos = askedNanos;
    }

    /// Completes with how long it has waited, once the query may run. Fails with a ServiceException: LIMIT_REACHED
    /// with a retry hint, UNAVAILABLE when the server stops, CANCELLED after [#close]. It is completed on the
    /// thread of whoever made room, so what hangs on it must be quick.
    public CompletableFuture<Duration> granted() {
        return granted;
    }

    /// Gives back the slot, or leaves the queue. Idempotent.
    @Override
    public void close() {
        control.giveBack(this);
    }

    String caller() {
        return caller;
    }

    long askedNanos() {
        return askedNanos;
    }

    State state() {
        return state;
    }

    void run(long nanos) {
        state = State.RUNNING;
        grantedNanos = nanos;
    }

    void end() {
        state = State.OVER;
    }

    long grantedNanos() {
        return grantedNanos;
    }
}
