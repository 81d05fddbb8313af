@NullMarked
package dev.bowyer.access;

import org.jspecify.annotations.NullMarked;
