package dev.bowyer.admission;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Tells the time, and comes back later. A test turns its own.
interface Timer {
    /// As [System#nanoTime].
    long nanoTime();

    /// Runs `action` once, on another thread.
    void after(Duration delay, Runnable action);

    /// The machine's; takes no thread while it waits.
    final class OfTheMachine implements Timer {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void after(Duration delay, Runnable action) {
            CompletableFuture.delayedExecutor(delay.toNanos(), TimeUnit.NANOSECONDS)
                    .execute(action);
        }
    }
}
