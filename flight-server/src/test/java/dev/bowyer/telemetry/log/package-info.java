@NullMarked
package dev.bowyer.telemetry.log;

import org.jspecify.annotations.NullMarked;
