package dev.bowyer.http;

import java.time.Duration;
import java.util.List;

/// Where and how HTTP is served.
///
/// @param host a name or address of this machine; `0.0.0.0` for all
/// @param port 0 lets the system choose
/// @param corsOrigins whose pages may call from a browser; `*`: all
/// @param maxBody of a request, in bytes
/// @param cacheBytes for answers that are kept; 0: none are
/// @param cacheEntryBytes most of an answer that gets an ETag
/// @param stallTimeout how long a client may neither read nor send
public record HttpSettings(
        String host,
        int port,
        List<String> corsOrigins,
        long maxBody,
        long cacheBytes,
        long cacheEntryBytes,
        Duration stallTimeout) {
    public HttpSettings {
        corsOrigins = List.copyOf(corsOrigins);
    }
}
