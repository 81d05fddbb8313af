package dev.bowyer.client.sink;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.arrow.memory.ArrowBuf;
import org.junit.jupiter.api.Test;

class LentMemoryTest {
    @Test
    void anInterruptDoesNotEndTheWaiting() throws InterruptedException {
        Thread closing = Thread.currentThread();
        LentMemory memory = new LentMemory();
        ArrowBuf buffer = memory.allocator().buffer(64);
        Thread borrower = new Thread(() -> {
            while (closing.getState() != Thread.State.TIMED_WAITING && closing.getState() != Thread.State.WAITING) {
                Thread.onSpinWait(); // until it waits for the memory, or for this thread
            }
            buffer.close();
        });
        borrower.start();
        closing.interrupt();
        boolean interrupted;
        try {
            memory.close();
        } finally {
            interrupted = Thread.interrupted();
            borrower.join();
        }
        assertThat(interrupted).isTrue();
        assertThat(memory.allocator().getAllocatedMemory()).isZero();
    }
}
