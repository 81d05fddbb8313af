/// How log lines are written: for people, or as JSON.
@NullMarked
package dev.bowyer.telemetry.log;

import org.jspecify.annotations.NullMarked;
