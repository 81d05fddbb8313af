package dev.bowyer.admission;

import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/// A time that goes on only when it is told to, on the caller's thread.
final class SteppedTimer implements Timer {
    private final Queue<Due> due = new PriorityQueue<>(Comparator.comparingLong(Due::nanos));
    private long now;

    private record Due(long nanos, Runnable action) {}

    @Override
    public long nanoTime() {
        return now;
    }

    @Override
    public void after(Duration delay, Runnable action) {
        due.add(new Due(now + delay.toNanos(), action));
    }

    void step(Duration step) {
        long end = now + step.toNanos();
        while (!due.isEmpty() && due.peek().nanos() - end <= 0) {
            Due next = due.remove();
            now = next.nanos();
            next.action().run();
        }
        now = end;
    }
}
