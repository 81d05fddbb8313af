/// Runs of the Java client that `bench/client.py` times and puts side by side.
@NullMarked
package dev.bowyer.bench;

import org.jspecify.annotations.NullMarked;
