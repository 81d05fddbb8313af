@NullMarked
package dev.bowyer.http.connect;

import org.jspecify.annotations.NullMarked;
