/// What operators get to see: metrics, traces, logs, flight recordings. It listens to queries and reads gauges; nothing
/// depends on it but the wiring. Start at [Telemetry].
@NullMarked
package dev.bowyer.telemetry;

import org.jspecify.annotations.NullMarked;
