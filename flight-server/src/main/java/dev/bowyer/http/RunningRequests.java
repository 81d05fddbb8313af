package dev.bowyer.http;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.time.Duration;

/// Counts the requests that are being answered, but for health checks and metrics, which go on until the end.
final class RunningRequests {
    private static final String COUNTED = "bowyer-counted";

    private int running;

    void count(JavalinConfig config) {
        config.routes.before(context -> {
            if (!isForOperators(context)) {
                context.attribute(COUNTED, true);
                begun();
            }
        });
        // Called for every request once its answer has gone out, also after a failure.
        config.requestLogger.http((context, _) -> {
            if (context.attribute(COUNTED) != null) {
                ended();
            }
        });
    }

    private static boolean isForOperators(Context context) {
        return context.path().startsWith("/health/") || context.path().equals("/metrics");
    }

    /// Blocks until none runs, or `bound` has passed.
    synchronized void awaitNone(Duration bound) {
        long deadline = System.nanoTime() + bound.toNanos();
        long left = bound.toNanos();
        try {
            while (running > 0 && left > 0) {
                wait(left / 1_000_000 + 1);
                left = deadline - System.nanoTime();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private synchronized void begun() {
        running++;
    }

    private synchronized void ended() {
        running--;
        notifyAll();
    }
}
