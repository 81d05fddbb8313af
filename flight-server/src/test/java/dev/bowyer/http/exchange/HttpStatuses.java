package dev.bowyer.http.exchange;

import dev.bowyer.error.ErrorCode;

/// The status that HTTP clients get, for pages about both protocols.
public final class HttpStatuses {
    private HttpStatuses() {}

    public static int of(ErrorCode code) {
        return Problems.status(code);
    }
}
