package dev.bowyer.flight;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.wire.BatchWriter;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/// The DoGet calls that are open: ends those whose readers have stalled for too long, and all of them when the server
/// stops. Takes no thread while it waits.
final class OpenStreams {
    /// Looks for stalled readers so often within the timeout.
    private static final int LOOKS = 8;

    private static final Duration RAREST_LOOK = Duration.ofSeconds(10);

    private final Duration stallTimeout;
    private final Map<BatchWriter, Consumer<ServiceException>> open = new ConcurrentHashMap<>();
    private final AtomicBoolean lookIsDue = new AtomicBoolean();

    /// @param stallTimeout zero: none
    OpenStreams(Duration stallTimeout) {
        this.stallTimeout = stallTimeout;
    }

    /// @param end ends the call with an error, whether its reader reads or not
    void add(BatchWriter writer, Consumer<ServiceException> end) {
        open.put(writer, end);
        lookLater();
    }

    void remove(BatchWriter writer) {
        open.remove(writer);
    }

    int count() {
        return open.size();
    }

    void endAll(ServiceException reason) {
        open.values().forEach(end -> end.accept(reason));
    }

    private void lookLater() {
        if (!stallTimeout.isZero() && !open.isEmpty() && lookIsDue.compareAndSet(false, true)) {
            Duration often = stallTimeout.dividedBy(LOOKS);
            Duration pause = often.compareTo(RAREST_LOOK) < 0 ? often : RAREST_LOOK;
            CompletableFuture.delayedExecutor(pause.toNanos(), TimeUnit.NANOSECONDS)
                    .execute(this::look);
        }
    }

    private void look() {
        lookIsDue.set(false);
        long now = System.nanoTime();
        open.forEach((writer, end) -> {
            if (writer.stalledSince(now).compareTo(stallTimeout) >= 0) {
                end.accept(new ServiceException(
                        ErrorCode.LIMIT_REACHED,
                        "stall-timeout: the reader took nothing for " + stallTimeout.toMillis()
                                + " ms (limits.stall-timeout)",
                        "read faster, ask for fewer rows, or ask again and read on where it broke off"));
            }
        });
        lookLater();
    }
}
