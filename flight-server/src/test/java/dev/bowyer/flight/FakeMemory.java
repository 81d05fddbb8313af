package dev.bowyer.flight;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Counts what a [FakeEngine] has handed out and not got back.
final class FakeMemory {
    private final AtomicInteger streams = new AtomicInteger();
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();

    void streamOpened() {
        streams.incrementAndGet();
    }

    void streamClosed() {
        streams.decrementAndGet();
    }

    /// A copy of `bytes` outside the heap. Releasing it overwrites it, so that whoever reads on afterwards is
    /// found out.
    Loan lend(byte[] bytes) {
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
        messages.incrementAndGet();
        peak.accumulateAndGet(held.addAndGet(bytes.length), Math::max);
        return new Loan(memory, new AtomicBoolean());
    }

    int streams() {
        return streams.get();
    }

    int handles() {
        return streams.get() + messages.get();
    }

    long heldBytes() {
        return held.get();
    }

    long peakBytes() {
        return peak.get();
    }

    final class Loan {
        private final ByteBuffer memory;
        private final AtomicBoolean released;

        private Loan(ByteBuffer memory, AtomicBoolean released) {
            this.memory = memory;
            this.released = released;
        }

        ByteBuffer bytes() {
            return memory.asReadOnlyBuffer();
        }

        void release() {
            if (released.compareAndSet(false, true)) {
                for (int i = 0; i < memory.limit(); i++) {
                    memory.put(i, (byte) 0xFF);
                }
                held.addAndGet(-memory.limit());
                messages.decrementAndGet();
            }
        }
    }
}
