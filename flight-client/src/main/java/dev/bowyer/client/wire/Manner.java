package dev.bowyer.client.wire;

import dev.bowyer.client.frame.Progress;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How a question is asked.
 *
 * @param headers of all its calls
 * @param timeout of the whole, from the first call to the last row; null: none
 * @param parallelism most endpoints that are read at once
 * @param progress told on the thread that reads; null: nobody
 */
public record Manner(
        Map<String, String> headers,
        @Nullable Duration timeout,
        int parallelism,
        @Nullable Consumer<Progress> progress) {}
