package dev.bowyer.client.frame;

import java.time.Duration;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * How far an answer has come.
 *
 * @param rows that have arrived
 * @param bytes of their batches, as they travelled
 * @param totalRows as the server announced; empty when it does not know
 * @param partsDone endpoints that have been read to their end
 * @param parts endpoints in all
 * @param elapsed since the request
 */
public record Progress(long rows, long bytes, OptionalLong totalRows, int partsDone, int parts, Duration elapsed) {

    /** Share of the work that is done, from 0 to 1; empty when nobody knows. */
    public OptionalDouble fraction() {
        if (totalRows.isPresent() && totalRows.getAsLong() > 0) {
            return OptionalDouble.of(Math.min(1, (double) rows / totalRows.getAsLong()));
        }
        return parts > 1 ? OptionalDouble.of((double) partsDone / parts) : OptionalDouble.empty();
    }
}
