@NullMarked
package dev.bowyer.http.plan;

import org.jspecify.annotations.NullMarked;
