package dev.bowyer.http.exchange;

import dev.bowyer.access.Caller;
import dev.bowyer.query.Origin;
import io.javalin.http.Context;

/// Whom a request is from, and in which trace.
public final class RequestCaller {
    private static final String CALLER = "bowyer.caller";
    /// Of a `traceparent` that is passed on; a longer one is none.
    private static final int MAX_TRACE_PARENT = 128;

    private RequestCaller() {}

    /// To be called once it is known; without it a request is from [Caller#ANONYMOUS].
    public static void set(Context context, Caller caller) {
        context.attribute(CALLER, caller);
    }

    /// Found out before the route of the request.
    public static Caller of(Context context) {
        Caller caller = context.attribute(CALLER);
        return caller == null ? Caller.ANONYMOUS : caller;
    }

    /// With the `traceparent` that came with the request.
    public static Origin origin(Context context) {
        String trace = context.header(QueryHeaders.TRACE_PARENT);
        return new Origin(Origin.Protocol.HTTP, trace == null || trace.length() > MAX_TRACE_PARENT ? null : trace);
    }
}
