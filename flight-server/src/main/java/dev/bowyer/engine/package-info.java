/// How to run SQL over datasets. Entry point: [QueryEngine], the only way to the native side. Knows nothing of
/// callers, protocols or tickets.
@NullMarked
package dev.bowyer.engine;

import org.jspecify.annotations.NullMarked;
