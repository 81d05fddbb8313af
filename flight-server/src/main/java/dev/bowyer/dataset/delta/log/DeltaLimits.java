package dev.bowyer.dataset.delta.log;

import java.time.Duration;

/// Bounds of what one call takes from a log.
///
/// @param logFiles most files of a listing of `_delta_log`
/// @param lineBytes longest line of a JSON file
/// @param checkpointRows most rows of the checkpoint files of one version
/// @param logBytes size of all files of the log that one call reads
/// @param dataFiles most live files of a version: each takes one to two kilobytes of the heap while they are
///     listed
/// @param schemaNesting deepest nesting of types
/// @param historyVersions most versions that a history lists, the newest ones
/// @param time wall time of one call
public record DeltaLimits(
        int logFiles,
        int lineBytes,
        long checkpointRows,
        long logBytes,
        int dataFiles,
        int schemaNesting,
        int historyVersions,
        Duration time) {
    public static final DeltaLimits DEFAULT =
            new DeltaLimits(100_000, 64 << 20, 20_000_000, 8L << 30, 500_000, 100, 1_000, Duration.ofMinutes(2));
}
