package dev.bowyer.engine;

import java.time.Duration;

/// What one run has used so far. All zero while it is being planned.
///
/// @param rows rows handed out
/// @param bytes header and body bytes handed out
/// @param memoryPeak highest memory of operators that count theirs, in bytes
/// @param spilled bytes written to the spill folder
/// @param planning time of physical planning
/// @param elapsed time since `execute`, or until the end of the run
/// @param retried whether the run ran out of memory and was started again with a plan that needs less
/// @param progress share of the planned input that has been read, 0 to 1, never falling; 1 once finished, -1 not known
public record QueryMetrics(
        long rows,
        long bytes,
        long messages,
        long memoryPeak,
        long spilled,
        Duration planning,
        Duration elapsed,
        boolean retried,
        double progress) {
    /// Of a run of which nothing can be told.
    public static final double UNKNOWN_PROGRESS = -1;

    public static final QueryMetrics NOTHING =
            new QueryMetrics(0, 0, 0, 0, 0, Duration.ZERO, Duration.ZERO, false, UNKNOWN_PROGRESS);
}
