package dev.bowyer.flight;

import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Authenticator.AccessToken;
import dev.bowyer.access.Caller;
import dev.bowyer.access.Credentials;
import dev.bowyer.access.RecentLogins;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.StatusRuntimeException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.jspecify.annotations.Nullable;

/// Finds out who calls, and lets nobody else in: every method but Handshake, which checks for itself.
final class AuthInterceptor implements ServerInterceptor {
    static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    /// Where clients send the token that answered a `BasicAuth` payload.
    static final Metadata.Key<byte[]> PAYLOAD_TOKEN =
            Metadata.Key.of("auth-token-bin", Metadata.BINARY_BYTE_MARSHALLER);

    private static final Context.Key<Caller> CALLER = Context.key("caller");
    /// Only of callers who sent one: what hangs on the id of a token that no client has would be lost.
    private static final Context.Key<AccessToken> TOKEN = Context.key("access-token");

    private final Authenticator authenticator;
    private final RecentLogins logins;

    AuthInterceptor(Authenticator authenticator) {
        this(authenticator, InstantSource.system());
    }

    AuthInterceptor(Authenticator authenticator, InstantSource clock) {
        this.authenticator = authenticator;
        this.logins = new RecentLogins(clock);
    }

    /// Who the current call is from. To be asked where gRPC calls back, not on threads that work is passed on
    /// to.
    static Caller caller() {
        Caller caller = CALLER.get();
        return caller == null ? Caller.ANONYMOUS : caller;
    }

    /// Of the access token that the current call came with; null: with none.
    static @Nullable String tokenId() {
        AccessToken token = TOKEN.get();
        return token == null ? null : token.id();
    }

    /// Whether the headers hold a password, which takes too long to check for an event loop.
    static boolean havePassword(Metadata headers) {
        return Credentials.parse(headers.get(AUTHORIZATION)) instanceof Credentials.Basic;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        String method = call.getMethodDescriptor().getFullMethodName();
        // Without users nobody has more rights than another, so there is nothing that a header could claim: clients
        // that send one to every server are let in.
        if (!authenticator.required()
                || method.equals(FlightServiceGrpc.getHandshakeMethod().getFullMethodName())) {
            return next.startCall(call, headers);
        }
        Context context;
        try {
            context = identified(headers);
        } catch (RuntimeException e) {
            close(call, StatusMapping.of(e, null));
            return new ServerCall.Listener<>() {};
        }
        return Contexts.interceptCall(context, call, headers, next);
    }

    private Context identified(Metadata headers) {
        String header = headers.get(AUTHORIZATION);
        byte[] payloadToken = headers.get(PAYLOAD_TOKEN);
        return switch (Credentials.parse(header)) {
            case Credentials.Bearer(String token) -> of(authenticator.authenticate(token));
            case Credentials.Basic basic ->
                Context.current().withValue(CALLER, loggedIn(String.valueOf(header), basic));
            case Credentials.None _
            when payloadToken != null ->
                of(authenticator.authenticate(new String(payloadToken, StandardCharsets.US_ASCII)));
            case Credentials.None _ -> throw noCredentials();
            case Credentials.Unreadable _ -> throw unreadable();
        };
    }

    private static Context of(AccessToken token) {
        return Context.current().withValues(CALLER, token.caller(), TOKEN, token);
    }

    private Caller loggedIn(String header, Credentials.Basic basic) {
        Caller recent = logins.get(header);
        if (recent != null) {
            return recent;
        }
        Caller caller = authenticator.login(basic.user(), basic.password()).caller();
        logins.put(header, caller);
        return caller;
    }

    static ServiceException noCredentials() {
        return new ServiceException(
                ErrorCode.UNAUTHENTICATED, "this server wants to know who calls", "log in with a Handshake");
    }

    static ServiceException unreadable() {
        return new ServiceException(
                ErrorCode.UNAUTHENTICATED,
                "the authorization header is neither Basic with a user and a password in base 64, nor Bearer with a token",
                "log in with a Handshake");
    }

    /// Tells a client why it is not let in.
    static void close(ServerCall<?, ?> call, StatusRuntimeException refusal) {
        Metadata trailers = refusal.getTrailers();
        call.close(refusal.getStatus(), trailers == null ? new Metadata() : trailers);
    }
}
