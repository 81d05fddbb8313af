@NullMarked
package dev.bowyer.flight.wire;

import org.jspecify.annotations.NullMarked;
