@NullMarked
package dev.bowyer.query;

import org.jspecify.annotations.NullMarked;
