package dev.bowyer.client.wire;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** How long to wait before a call is tried again: doubling, with full jitter, so that clients of a restarted server spread out. */
final class Backoff {
    private static final int MAX_DOUBLINGS = 30;

    private final Settings.Waits waits;

    Backoff(Settings.Waits waits) {
        this.waits = waits;
    }

    /** @param attempt the one that failed, from 1 */
    boolean mayTryAgain(int attempt) {
        return attempt < waits.attempts();
    }

    /** At least half of what the doubling says: the first pauses are short, and a server that restarts needs some. */
    Duration pause(int attempt) {
        long most = Math.min(
                waits.longestPause().toNanos(), waits.firstPause().toNanos() << Math.min(attempt - 1, MAX_DOUBLINGS));
        return Duration.ofNanos(most / 2 + ThreadLocalRandom.current().nextLong(most / 2 + 1));
    }
}
