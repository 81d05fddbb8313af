package dev.bowyer.flight.session;

import dev.bowyer.access.Caller;
import io.grpc.Context;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What applies to one call.
///
/// @param caller whose call it is
/// @param options those of the session, and the headers' over them
/// @param setCookie what goes out as `set-cookie` with the headers of the answer
record RequestContext(
        Caller caller, Session session, SessionOptions options, AtomicReference<@Nullable String> setCookie) {
    static final Context.Key<RequestContext> KEY = Context.key("bowyer-request");
}
