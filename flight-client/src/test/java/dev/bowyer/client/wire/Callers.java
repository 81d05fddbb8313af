package dev.bowyer.client.wire;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Who calls a scripted server: keeps the headers of all calls, and turns some away. */
final class Callers implements ServerInterceptor {
    private final List<Metadata> seen = new CopyOnWriteArrayList<>();
    private final AtomicInteger toRefuse = new AtomicInteger();
    private volatile Status refusal = Status.UNAVAILABLE;
    private volatile @Nullable String accepted;

    /** The next calls end so. */
    void refuse(int count, Status status) {
        refusal = status;
        toRefuse.set(count);
    }

    /** Calls with another authorization are UNAUTHENTICATED. */
    void accept(String authorization) {
        accepted = authorization;
    }

    /** Of each call, in order; "null" where there was none. */
    List<String> headersNamed(String name) {
        Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
        return seen.stream().map(headers -> String.valueOf(headers.get(key))).toList();
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        seen.add(headers);
        if (toRefuse.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
            call.close(refusal, new Metadata());
            return new ServerCall.Listener<>() {};
        }
        String wanted = accepted;
        if (wanted != null && !wanted.equals(headers.get(FlightCalls.AUTHORIZATION))) {
            call.close(Status.UNAUTHENTICATED.withDescription("who are you?"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return next.startCall(call, headers);
    }
}
