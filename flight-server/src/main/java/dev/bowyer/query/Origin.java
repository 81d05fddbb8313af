package dev.bowyer.query;

import org.jspecify.annotations.Nullable;

/// How a request came in.
///
/// @param traceParent the W3C `traceparent` that came with it, unchecked; null: none
public record Origin(Protocol protocol, @Nullable String traceParent) {
    public static final Origin FLIGHT = new Origin(Protocol.FLIGHT, null);
    public static final Origin HTTP = new Origin(Protocol.HTTP, null);

    public enum Protocol {
        FLIGHT,
        HTTP
    }
}
