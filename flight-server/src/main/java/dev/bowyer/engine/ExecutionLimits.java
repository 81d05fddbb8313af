package dev.bowyer.engine;

import java.time.Duration;

/// Bounds of one run.
///
/// @param memoryBytes memory of operators that count theirs (joins, aggregates, sorts); 0: only the server's limit
/// @param timeout wall time from `execute` until the engine has made the last message, waiting for the reader included;
/// zero: none
public record ExecutionLimits(long memoryBytes, Duration timeout) {
    public static final ExecutionLimits NONE = new ExecutionLimits(0, Duration.ZERO);
}
