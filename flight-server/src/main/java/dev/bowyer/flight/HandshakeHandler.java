package dev.bowyer.flight;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import org.apache.arrow.flight.impl.Flight;

/// Handshake on a server without authentication. One without credentials succeeds with an empty answer: some
/// clients always shake hands. One with credentials is refused in plain words; to accept it would claim that
/// they were checked, and a client that then waits for a token fails anyway, with a worse message.
final class HandshakeHandler implements ServerCallHandler<Flight.HandshakeRequest, Flight.HandshakeResponse> {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

    @Override
    public ServerCall.Listener<Flight.HandshakeRequest> startCall(
            ServerCall<Flight.HandshakeRequest, Flight.HandshakeResponse> call, Metadata headers) {
        Call listener = new Call(call);
        if (headers.containsKey(AUTHORIZATION)) {
            listener.refuse();
        } else {
            call.request(1);
        }
        return listener;
    }

    private static final class Call extends ServerCall.Listener<Flight.HandshakeRequest> {
        private final ServerCall<Flight.HandshakeRequest, Flight.HandshakeResponse> call;
        private boolean answered;

        Call(ServerCall<Flight.HandshakeRequest, Flight.HandshakeResponse> call) {
            this.call = call;
        }

        @Override
        public void onMessage(Flight.HandshakeRequest request) {
            if (request.getPayload().isEmpty()) {
                accept();
            } else {
                refuse();
            }
        }

        @Override
        public void onHalfClose() {
            accept();
        }

        private void accept() {
            if (!answered) {
                answered = true;
                call.sendHeaders(new Metadata());
                call.close(Status.OK, new Metadata());
            }
        }

        private void refuse() {
            if (!answered) {
                answered = true;
                call.close(
                        Status.UNAUTHENTICATED.withDescription(
                                "this server runs without authentication: connect without user, password and token"),
                        new Metadata());
            }
        }
    }
}
