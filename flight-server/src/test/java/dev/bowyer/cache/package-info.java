@NullMarked
package dev.bowyer.cache;

import org.jspecify.annotations.NullMarked;
