@NullMarked
package dev.bowyer.flight;

import org.jspecify.annotations.NullMarked;
