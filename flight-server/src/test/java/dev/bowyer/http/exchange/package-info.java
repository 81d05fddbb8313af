@NullMarked
package dev.bowyer.http.exchange;

import org.jspecify.annotations.NullMarked;
