@NullMarked
package dev.bowyer.telemetry;

import org.jspecify.annotations.NullMarked;
