package dev.bowyer.client.wire;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.jspecify.annotations.Nullable;

/** One Handshake: the token comes in the headers or the trailers of its answer, the stream itself may be empty. */
final class Handshake extends ClientCall.Listener<Flight.HandshakeResponse> {
    /** Most answers; those that come are not looked at. */
    private static final int MAX_ANSWERS = 16;

    private final CompletableFuture<Status> ended = new CompletableFuture<>();
    private volatile @Nullable String authorization;
    private volatile Metadata trailers = new Metadata();

    private Handshake() {}

    /**
     * @return the {@code authorization} header of the answer, if there is one
     * @throws StatusRuntimeException as the call ended
     * @throws InterruptedException after cancelling the call
     */
    static @Nullable String run(Channel channel, CallOptions options) throws InterruptedException {
        Handshake handshake = new Handshake();
        ClientCall<Flight.HandshakeRequest, Flight.HandshakeResponse> call =
                channel.newCall(FlightServiceGrpc.getHandshakeMethod(), options);
        call.start(handshake, new Metadata());
        call.request(MAX_ANSWERS);
        call.sendMessage(Flight.HandshakeRequest.getDefaultInstance());
        call.halfClose();
        try {
            Status status = handshake.ended.get();
            if (!status.isOk()) {
                throw status.asRuntimeException(handshake.trailers);
            }
            return handshake.authorization;
        } catch (InterruptedException e) {
            call.cancel("interrupted", e);
            throw e;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e); // it is never completed so
        }
    }

    @Override
    public void onHeaders(Metadata headers) {
        take(headers);
    }

    @Override
    public void onClose(Status status, Metadata received) {
        take(received);
        trailers = received;
        ended.complete(status);
    }

    private void take(Metadata received) {
        String header = received.get(FlightCalls.AUTHORIZATION);
        if (header != null) {
            authorization = header;
        }
    }
}
