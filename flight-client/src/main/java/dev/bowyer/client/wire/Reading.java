package dev.bowyer.client.wire;

import dev.bowyer.client.frame.Progress;
import java.util.List;
import java.util.function.Consumer;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/**
 * What is read, and how.
 *
 * @param info as the server gave it; its endpoints are read
 * @param inOrder endpoints one after the other, as when the server says that their order matters
 * @param parallelism most endpoints that are read at once
 * @param progress told on the reader's thread; null: nobody
 * @param ended run once, when the answer is closed
 */
public record Reading(
        Flight.FlightInfo info,
        CallScope scope,
        boolean inOrder,
        int parallelism,
        @Nullable Consumer<Progress> progress,
        Runnable ended) {

    List<Part> parts(ServerUri origin) {
        return java.util.stream.IntStream.range(0, info.getEndpointCount())
                .mapToObj(i -> Part.of(i, info.getEndpoint(i), origin))
                .toList();
    }
}
