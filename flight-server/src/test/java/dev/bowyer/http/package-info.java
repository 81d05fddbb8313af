@NullMarked
package dev.bowyer.http;

import org.jspecify.annotations.NullMarked;
