/// Reads JSON that clients send. Entry point: [StrictJson]. Knows only errors.
@NullMarked
package dev.bowyer.json;

import org.jspecify.annotations.NullMarked;
