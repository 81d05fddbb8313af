/// The life of queries as events of the JDK Flight Recorder.
@NullMarked
package dev.bowyer.telemetry.jfr;

import org.jspecify.annotations.NullMarked;
