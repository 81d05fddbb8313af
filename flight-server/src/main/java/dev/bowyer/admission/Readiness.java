package dev.bowyer.admission;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// Whether this server wants to be sent requests, as load balancers and orchestrators ask. It never goes back.
/// Thread-safe.
public final class Readiness {
    private final List<Consumer<State>> listeners = new CopyOnWriteArrayList<>();
    private State state = State.STARTING;

    public enum State {
        /// Not everything is there yet.
        STARTING,
        /// Requests are welcome.
        READY,
        /// What runs goes on; nothing new should come.
        DRAINING
    }

    public synchronized State state() {
        return state;
    }

    public boolean isReady() {
        return state() == State.READY;
    }

    /// Goes on to `next`, and tells the listeners on this thread. Without effect if it is there or beyond.
    public void become(State next) {
        synchronized (this) {
            if (next.compareTo(state) <= 0) {
                return;
            }
            state = next;
        }
        listeners.forEach(listener -> listener.accept(next));
    }

    /// @param listener of every later change; must be quick and must not throw
    public void onChange(Consumer<State> listener) {
        listeners.add(listener);
    }
}
