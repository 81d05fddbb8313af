package dev.bowyer.access;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/// Stands still until it is told to move.
public final class SteppedClock implements InstantSource {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public synchronized Instant instant() {
        return now;
    }

    public synchronized void advance(Duration step) {
        now = now.plus(step);
    }
}
