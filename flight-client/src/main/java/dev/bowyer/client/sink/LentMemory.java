package dev.bowyer.client.sink;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.time.Duration;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/**
 * Memory that native code borrows. The threads of DuckDB give it back when they are through with their tasks, which can
 * be a moment after the statement has ended, so closing waits for them.
 */
final class LentMemory implements AutoCloseable {
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
    private static final long LOOK_MILLIS = 10;

    private final Object released = new Object();
    private final BufferAllocator allocator = new RootAllocator(
            new AllocationListener() {
                @Override
                public void onRelease(long size) {
                    synchronized (released) {
                        released.notifyAll();
                    }
                }
            },
            Long.MAX_VALUE);

    BufferAllocator allocator() {
        return allocator;
    }

    /** Does not end before when the thread is interrupted; throws SINK_FAILED when the memory does not come back. */
    @Override
    public void close() {
        long end = System.nanoTime() + LONGEST_WAIT.toNanos();
        boolean interrupted = false;
        synchronized (released) {
            while (allocator.getAllocatedMemory() > 0 && System.nanoTime() - end < 0) {
                try {
                    released.wait(LOOK_MILLIS); // the count changes after the call of the listener
                } catch (InterruptedException e) {
                    interrupted = true; // memory that is left now is never freed
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (allocator.getAllocatedMemory() > 0) {
            throw BowyerException.of(
                    ErrorCodes.SINK_FAILED,
                    "DuckDB keeps " + allocator.getAllocatedMemory() + " bytes " + LONGEST_WAIT.toSeconds()
                            + " s after the statement has ended",
                    null);
        }
        allocator.close();
    }
}
