package dev.bowyer.http.exchange;

import dev.bowyer.access.Caller;
import io.javalin.http.Context;

/// Whom a request is from: found out before its route, asked for by it.
public final class RequestCaller {
    private static final String CALLER = "bowyer.caller";

    private RequestCaller() {}

    /// To be called once it is known; without it a request is from [Caller#ANONYMOUS].
    public static void set(Context context, Caller caller) {
        context.attribute(CALLER, caller);
    }

    public static Caller of(Context context) {
        Caller caller = context.attribute(CALLER);
        return caller == null ? Caller.ANONYMOUS : caller;
    }
}
