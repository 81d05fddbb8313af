package dev.bowyer.dataset.iceberg;

import java.time.Duration;

/// What planning a version may take.
///
/// @param files most data files of a version, and most files with deletes
/// @param time until all manifests are read
record PlanLimits(int files, Duration time) {
    static final PlanLimits DEFAULT = new PlanLimits(1_000_000, Duration.ofMinutes(2));
}
