package dev.bowyer.http.sql;

import io.javalin.http.Context;

/// Headers of answers with rows. Nothing of a request goes into one unchecked.
final class RowsHeaders {
    /// What an answer depends on beside its address.
    private static final String VARY = "Accept, Accept-Encoding, Authorization";
    /// To be asked about each time: only the server knows whether the data has changed.
    private static final String CACHE = "private, no-cache";

    private RowsHeaders() {}

    /// Those of every answer with rows, and of one that says that they are the same.
    static void put(Context context, SqlRequest request) {
        context.res().addHeader("Vary", VARY);
        context.header("Cache-Control", CACHE);
        context.header("X-Content-Type-Options", "nosniff");
        context.contentType(request.format().contentType());
        if (request.isGzip()) {
            context.header("Content-Encoding", "gzip");
        }
    }
}
