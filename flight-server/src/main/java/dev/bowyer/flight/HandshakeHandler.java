package dev.bowyer.flight;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Authenticator.AccessToken;
import dev.bowyer.access.Credentials;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/// Handshake: a password for an access token. The password comes in the `authorization` header or, from older
/// clients, as a `BasicAuth` message in the payload; the token goes out in header and trailer, and to those
/// clients in the payload too. A token that comes in is checked and sent back.
///
/// On a server without users a handshake without credentials succeeds with an empty answer: some clients
/// always shake hands. One with credentials is refused in plain words: to accept it would claim that they
/// were checked.
///
/// Runs on the RPC threads: checking a password takes a while.
final class HandshakeHandler implements ServerCallHandler<Flight.HandshakeRequest, Flight.HandshakeResponse> {
    private final Authenticator authenticator;

    HandshakeHandler(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    public ServerCall.Listener<Flight.HandshakeRequest> startCall(
            ServerCall<Flight.HandshakeRequest, Flight.HandshakeResponse> call, Metadata headers) {
        Call listener = new Call(call, authenticator);
        listener.start(Credentials.parse(headers.get(AuthInterceptor.AUTHORIZATION)));
        return listener;
    }

    private static final class Call extends ServerCall.Listener<Flight.HandshakeRequest> {
        private final ServerCall<Flight.HandshakeRequest, Flight.HandshakeResponse> call;
        private final Authenticator authenticator;
        /// From the header, once it has been checked.
        private @Nullable AccessToken fromHeader;

        private boolean answered;

        Call(ServerCall<Flight.HandshakeRequest, Flight.HandshakeResponse> call, Authenticator authenticator) {
            this.call = call;
            this.authenticator = authenticator;
        }

        /// A password in the header is answered at once, since Go clients read before they close their side.
        /// A token is not: C++ clients that send one write a message first, and fail if the call has ended by
        /// then.
        void start(Credentials credentials) {
            orRefuse(() -> {
                switch (credentials) {
                    case Credentials.None _ -> call.request(1);
                    case Credentials.Basic(String user, String password) ->
                        accept(authenticator.login(user, password), null);
                    case Credentials.Bearer(String token) -> {
                        fromHeader = authenticator.authenticate(token);
                        call.request(1);
                    }
                    case Credentials.Unreadable _ -> throw AuthInterceptor.unreadable();
                }
            });
        }

        @Override
        public void onMessage(Flight.HandshakeRequest request) {
            ByteString payload = request.getPayload();
            if (fromHeader != null || payload.isEmpty()) {
                onHalfClose();
            } else if (!answered) {
                orRefuse(() -> {
                    AccessToken token = login(payload);
                    accept(token, token);
                });
            }
        }

        @Override
        public void onHalfClose() {
            if (!answered) {
                orRefuse(() -> {
                    if (fromHeader == null && authenticator.required()) {
                        throw AuthInterceptor.noCredentials();
                    }
                    accept(fromHeader, null);
                });
            }
        }

        private AccessToken login(ByteString payload) {
            Flight.BasicAuth basic;
            try {
                basic = Flight.BasicAuth.parseFrom(payload);
            } catch (InvalidProtocolBufferException e) {
                throw new ServiceException(
                        ErrorCode.INVALID_ARGUMENT,
                        "the payload of the Handshake is not a BasicAuth message",
                        "send user and password in the authorization header",
                        e);
            }
            return authenticator.login(basic.getUsername(), basic.getPassword());
        }

        /// @param token null: none is needed
        /// @param inPayload what also goes into the payload of a message; null: no message
        private void accept(@Nullable AccessToken token, @Nullable AccessToken inPayload) {
            answered = true;
            call.sendHeaders(authorization(token));
            if (inPayload != null) {
                call.sendMessage(Flight.HandshakeResponse.newBuilder()
                        .setPayload(ByteString.copyFromUtf8(inPayload.text()))
                        .build());
            }
            call.close(Status.OK, authorization(token));
        }

        private void orRefuse(Runnable work) {
            try {
                work.run();
            } catch (RuntimeException e) {
                answered = true;
                AuthInterceptor.close(call, StatusMapping.of(e, null));
            }
        }

        private static Metadata authorization(@Nullable AccessToken token) {
            Metadata metadata = new Metadata();
            if (token != null) {
                metadata.put(AuthInterceptor.AUTHORIZATION, "Bearer " + token.text());
            }
            return metadata;
        }
    }
}
