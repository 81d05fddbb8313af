package dev.bowyer.admission;

import java.time.Duration;

/// How many queries may run and wait.
///
/// @param concurrent that run at the same time
/// @param perCaller the same of one caller
/// @param queue that wait for their turn
/// @param queueWait how long one waits for it
public record AdmissionLimits(int concurrent, int perCaller, int queue, Duration queueWait) {}
