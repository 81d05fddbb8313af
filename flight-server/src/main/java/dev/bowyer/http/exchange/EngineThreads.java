package dev.bowyer.http.exchange;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/// Platform threads for calls that block in native code: planning, looking at files. On the virtual thread of a
/// request each of them would hold one of the few threads that carry all requests.
///
/// What waits for a thread is bounded by the requests, of which there is one a connection.
public final class EngineThreads implements AutoCloseable {
    /// Calls at a time.
    public static final int THREADS = Math.max(8, 2 * Runtime.getRuntime().availableProcessors());

    /// Enough for the engine to plan on the calling thread. Only what is touched takes memory.
    private static final long STACK = 32L * 1024 * 1024;

    private final ExecutorService threads;

    /// @param purpose in the names of the threads
    public EngineThreads(String purpose) {
        threads = Executors.newFixedThreadPool(
                THREADS,
                Thread.ofPlatform()
                        .daemon()
                        .name("bowyer-http-" + purpose + "-", 0)
                        .stackSize(STACK)
                        .factory());
    }

    /// Waits for what `work` gives or throws.
    public <T> T call(Callable<T> work) {
        try {
            return threads.submit(work).get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case Error failure -> throw failure;
                case null, default ->
                    throw new ServiceException(ErrorCode.INTERNAL, "a call failed unexpectedly", null, e);
            }
        } catch (RejectedExecutionException | CancellationException e) {
            throw stopping(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw stopping(e);
        }
    }

    private static ServiceException stopping(Exception cause) {
        return new ServiceException(ErrorCode.UNAVAILABLE, "the server is stopping", null, cause);
    }

    @Override
    public void close() {
        // Whoever waits for a call that was not begun would wait for good.
        for (Runnable call : threads.shutdownNow()) {
            if (call instanceof Future<?> waitedFor) {
                waitedFor.cancel(false);
            }
        }
    }
}
