package dev.bowyer.engine;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// Counts the bytes that a [ScriptedEngine] has handed out and not got back.
final class LentMemory {
    private final AtomicLong held = new AtomicLong();
    private final AtomicLong peak = new AtomicLong();

    /// Takes over `memory`.
    Loan lend(ByteBuffer memory) {
        peak.accumulateAndGet(held.addAndGet(memory.remaining()), Math::max);
        return new Loan(memory);
    }

    long held() {
        return held.get();
    }

    long peak() {
        return peak.get();
    }

    final class Loan {
        private final ByteBuffer memory;
        private final AtomicBoolean released = new AtomicBoolean();

        private Loan(ByteBuffer memory) {
            this.memory = memory;
        }

        /// Read-only.
        ByteBuffer bytes() {
            return memory.asReadOnlyBuffer();
        }

        /// Overwrites it, so that whoever reads on afterwards is found out.
        void release() {
            if (released.compareAndSet(false, true)) {
                for (int i = 0; i < memory.limit(); i++) {
                    memory.put(i, (byte) 0xFF);
                }
                held.addAndGet(-memory.limit());
            }
        }
    }
}
