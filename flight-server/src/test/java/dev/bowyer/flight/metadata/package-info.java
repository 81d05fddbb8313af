@NullMarked
package dev.bowyer.flight.metadata;

import org.jspecify.annotations.NullMarked;
