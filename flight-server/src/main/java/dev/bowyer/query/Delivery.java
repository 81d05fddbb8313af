package dev.bowyer.query;

import dev.bowyer.engine.OutputFormat;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How the rows of one run are wanted.
///
/// @param limit most rows; null: all
/// @param timeout of the run, where it is shorter than the server's; null: the server's alone
public record Delivery(
        OutputFormat format, @Nullable Long limit, @Nullable Duration timeout) {
    /// All rows, as Arrow batches.
    public static final Delivery DEFAULT = new Delivery(OutputFormat.ARROW, null, null);

    /// The shorter of [#timeout] and the server's; zero: none.
    Duration timeoutWithin(Duration server) {
        if (timeout == null) {
            return server;
        }
        return server.isZero() || timeout.compareTo(server) < 0 ? timeout : server;
    }
}
