package dev.bowyer.client.wire;

import io.grpc.CallOptions;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the calls of one request have in common.
 *
 * @param headers sent with each
 * @param end of the whole request, by {@link System#nanoTime}; null: none
 */
public record CallScope(
        Map<String, String> headers, @Nullable Long end) {
    /** Beyond this, nanoseconds are too many for a long. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** Without headers and end. */
    public static final CallScope NONE = new CallScope(Map.of(), null);

    /** A request that has {@code timeout} from now on; null: as long as it takes. */
    public static CallScope of(Map<String, String> headers, @Nullable Duration timeout) {
        Duration bounded = timeout == null || timeout.compareTo(LONGEST) < 0 ? timeout : LONGEST;
        return new CallScope(headers, bounded == null ? null : System.nanoTime() + bounded.toNanos());
    }

    boolean hasTime() {
        return end == null || end - System.nanoTime() > 0;
    }

    /** With what is left of the request, and at most {@code longest}. */
    CallOptions within(CallOptions options, Duration longest) {
        long left = end == null ? longest.toNanos() : Math.min(longest.toNanos(), end - System.nanoTime());
        return options.withDeadlineAfter(left, TimeUnit.NANOSECONDS);
    }

    /** With what is left of the request. */
    CallOptions within(CallOptions options) {
        return end == null ? options : options.withDeadlineAfter(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
}
