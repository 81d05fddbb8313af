package dev.bowyer.flight.session;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.access.Seal;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.proto.v1.SessionState;
import io.grpc.Metadata;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The session of a client that keeps cookies: the options themselves, sealed. Nothing is stored here, so every
/// replica knows every session, and none has to be thrown away.
///
/// A client that has shown no cookie yet is offered [#EMPTY]: whoever sends that back keeps cookies.
final class SessionCookie {
    static final Metadata.Key<String> COOKIE = Metadata.Key.of("cookie", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> SET_COOKIE = Metadata.Key.of("set-cookie", Metadata.ASCII_STRING_MARSHALLER);
    /// As the Flight documentation names it.
    static final String NAME = "arrow_flight_session_id";
    /// The value of a session without options.
    static final String EMPTY = "none";
    /// How long a session lives without a call. One in use is renewed in its second half.
    static final Duration LIFETIME = Duration.ofHours(24);
    /// Longest value that is looked at.
    private static final int MAX_LENGTH = 4_096;

    private final Seal seal;

    SessionCookie(Seal seal) {
        this.seal = seal;
    }

    /// @param options of the session
    /// @param renewed what to send back so that it lives on; null: it is young
    record Read(SessionOptions options, @Nullable String renewed) {}

    /// @return null if the headers have no such cookie
    /// @throws ServiceException QUERY_NOT_FOUND for a session that has ended, INVALID_ARGUMENT for a cookie that is
    ///     not one of ours
    @Nullable
    Read read(Metadata headers) {
        String value = value(headers);
        if (value == null) {
            return null;
        }
        if (value.equals(EMPTY)) {
            return new Read(SessionOptions.DEFAULT, null);
        }
        return switch (seal.open(Seal.Purpose.SESSION, decoded(value))) {
            case Seal.Opened.Valid(byte[] payload, Instant expiry) -> {
                SessionOptions options = options(payload);
                boolean old = expiry != null && expiry.isBefore(Instant.now().plus(LIFETIME.dividedBy(2)));
                yield new Read(options, old ? write(options) : null);
            }
            case Seal.Opened.Expired(Instant expiry) ->
                throw new ServiceException(
                        ErrorCode.QUERY_NOT_FOUND, "the session has expired at " + expiry, "connect again");
            case Seal.Opened.UnknownKey() ->
                throw new ServiceException(
                        ErrorCode.QUERY_NOT_FOUND,
                        "the session has ended: the server was restarted or its key was exchanged",
                        "connect again");
            case Seal.Opened.Damaged() -> throw notOurs();
        };
    }

    /// The value of a `set-cookie` header.
    String write(SessionOptions options) {
        SessionState.Builder state = SessionState.newBuilder();
        options.chosen().forEach((option, value) -> state.putOptions(option.optionName(), value));
        byte[] sealed = seal.seal(
                Seal.Purpose.SESSION, state.build().toByteArray(), Instant.now().plus(LIFETIME));
        return header(Base64.getUrlEncoder().withoutPadding().encodeToString(sealed));
    }

    static String header(String value) {
        return NAME + "=" + value + "; Path=/; HttpOnly";
    }

    private static @Nullable String value(Metadata headers) {
        Iterable<String> lines = headers.getAll(COOKIE);
        if (lines == null) {
            return null;
        }
        for (String line : lines) {
            for (Cookie cookie : ServerCookieDecoder.LAX.decode(line)) {
                if (cookie.name().equals(NAME)) {
                    return cookie.value();
                }
            }
        }
        return null;
    }

    private static byte[] decoded(String value) {
        try {
            return value.length() > MAX_LENGTH
                    ? new byte[0]
                    : Base64.getUrlDecoder().decode(value);
        } catch (IllegalArgumentException e) {
            throw notOurs();
        }
    }

    private static SessionOptions options(byte[] payload) {
        Map<SessionOption, String> chosen = new EnumMap<>(SessionOption.class);
        try {
            SessionState.parseFrom(payload).getOptionsMap().forEach((name, value) -> {
                SessionOption option = SessionOption.named(name);
                // A newer replica may know more.
                if (option != null) {
                    chosen.put(option, value);
                }
            });
        } catch (InvalidProtocolBufferException e) {
            throw notOurs();
        }
        return new SessionOptions(chosen);
    }

    private static ServiceException notOurs() {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT, "the cookie " + NAME + " is not one of this server", "connect again");
    }
}
