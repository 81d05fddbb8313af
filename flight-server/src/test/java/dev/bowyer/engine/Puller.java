package dev.bowyer.engine;

import dev.bowyer.engine.BatchStream.Message;
import dev.bowyer.engine.BatchStream.Next;
import dev.bowyer.engine.BatchStream.Pending;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Reads one stream on one thread, waiting for the listener's call after each [Pending].
public final class Puller implements ReadyListener {
    private static final int MAX_WAIT_SECONDS = 30;

    private final Semaphore calls = new Semaphore(0);

    @Override
    public void ready() {
        calls.release();
    }

    /// The next message or the end.
    public Next await(BatchStream stream) {
        Next next = stream.next();
        while (next instanceof Pending) {
            awaitReady();
            next = stream.next();
        }
        return next;
    }

    /// Takes and releases all messages.
    ///
    /// @return their rows
    public long drain(BatchStream stream) {
        long rows = 0;
        while (await(stream) instanceof Message message) {
            rows += message.rows();
            message.release();
        }
        return rows;
    }

    /// Waits for a call that came or comes.
    public void awaitReady() {
        try {
            if (!calls.tryAcquire(MAX_WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("no ready call within " + MAX_WAIT_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
