package dev.bowyer.flight;

import dev.bowyer.query.Origin;
import dev.bowyer.query.QueryIdentity;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;

/// The trace that a call belongs to: in with its headers, out with those of the rows.
final class TraceHeaders implements ServerInterceptor {
    static final Metadata.Key<String> TRACE_PARENT = Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER);

    private static final Context.Key<Origin> ORIGIN = Context.key("origin");

    /// Of the current call. To be asked where gRPC calls back, not on threads that work is passed on to.
    static Origin origin() {
        Origin origin = ORIGIN.get();
        return origin == null ? Origin.FLIGHT : origin;
    }

    /// What a client is told with the rows of a query.
    static Metadata of(QueryIdentity query) {
        Metadata headers = new Metadata();
        headers.put(TRACE_PARENT, query.trace().traceParent());
        return headers;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String traceParent = headers.get(TRACE_PARENT);
        if (traceParent == null) {
            return next.startCall(call, headers);
        }
        Origin origin = new Origin(Origin.Protocol.FLIGHT, traceParent);
        return Contexts.interceptCall(Context.current().withValue(ORIGIN, origin), call, headers, next);
    }
}
