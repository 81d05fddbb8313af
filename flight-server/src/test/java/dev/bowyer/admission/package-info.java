@NullMarked
package dev.bowyer.admission;

import org.jspecify.annotations.NullMarked;
