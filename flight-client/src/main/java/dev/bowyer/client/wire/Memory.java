package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import org.apache.arrow.memory.AllocationListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.memory.rounding.SegmentRoundingPolicy;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a client: everything that its answers hold, up to a limit. Whoever finds it full waits to be told of a release.
 * Thread-safe.
 */
public final class Memory implements AutoCloseable {
    /** Allocations are multiples of this. Arrow's own rule rounds up to powers of two, which can double an answer. */
    private static final long ROUNDING = 4096;

    private final long budget;
    private final BufferAllocator allocator;
    private final Executor executor;
    private final Set<Runnable> waiting = new LinkedHashSet<>();
    private final List<BufferAllocator> lingering = new ArrayList<>();
    private boolean closed;
    private boolean allocatorClosed;

    /**
     * @param budget in bytes
     * @param given to take from; null: an allocator of its own
     * @param executor runs those who waited
     */
    public Memory(long budget, @Nullable BufferAllocator given, Executor executor) {
        this.budget = budget;
        this.executor = executor;
        AllocationListener listener = new AllocationListener() {
            @Override
            public void onRelease(long size) {
                wake();
            }
        };
        this.allocator = given == null
                ? new RootAllocator(listener, budget, new SegmentRoundingPolicy(ROUNDING))
                : given.newChildAllocator("bowyer-client", listener, 0, budget);
    }

    /** Most bytes. */
    public long budget() {
        return budget;
    }

    /** Bytes that are held now. */
    public long held() {
        return allocator.getAllocatedMemory();
    }

    /** For one answer, to tell what it holds; to be given back by {@link #release}. */
    BufferAllocator allocator(String name) {
        synchronized (waiting) {
            if (closed) {
                throw closed();
            }
        }
        return allocator.newChildAllocator(name, 0, Long.MAX_VALUE);
    }

    static BowyerException closed() {
        return BowyerException.of(ErrorCodes.CLOSED, "this client is closed", "close it after its last use");
    }

    /** Nothing more is allocated from {@code ofAnswer}; it is closed as soon as nothing of it is held. */
    void release(BufferAllocator ofAnswer) {
        synchronized (waiting) {
            lingering.add(ofAnswer);
        }
        sweep();
    }

    /** A batch or a frame has been released; never called by a callback of an allocator. */
    void sweep() {
        synchronized (waiting) {
            lingering.removeIf(Memory::closedIfEmpty);
            if (closed && !allocatorClosed && lingering.isEmpty() && allocator.getAllocatedMemory() == 0) {
                allocatorClosed = true;
                allocator.close();
            }
        }
    }

    private static boolean closedIfEmpty(BufferAllocator allocator) {
        if (allocator.getAllocatedMemory() != 0) {
            return false;
        }
        allocator.close();
        return true;
    }

    /** {@code task} runs once, soon after the next release; to be asked for before the last look at what is free. */
    void onRelease(Runnable task) {
        synchronized (waiting) {
            waiting.add(task);
        }
    }

    private void wake() {
        List<Runnable> tasks;
        synchronized (waiting) {
            if (waiting.isEmpty()) {
                return;
            }
            tasks = List.copyOf(waiting);
            waiting.clear();
        }
        tasks.forEach(executor::execute);
    }

    /** What is held stays valid, and goes when it is closed itself. */
    @Override
    public void close() {
        synchronized (waiting) {
            if (closed) {
                return;
            }
            closed = true;
        }
        sweep();
    }
}
