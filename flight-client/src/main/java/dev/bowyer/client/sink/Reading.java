package dev.bowyer.client.sink;

import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.BatchStream;
import java.util.function.Function;

/** How every sink reads: once, and no further when its target fails. */
final class Reading {
    private Reading() {}

    static <R> R of(BatchSource source, Function<BatchStream, R> target) {
        try (BatchStream stream = source.stream()) {
            try {
                return target.apply(stream);
            } catch (RuntimeException | Error e) {
                stream.cancel();
                throw e;
            }
        }
    }
}
