package dev.bowyer.flight.session;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.access.Caller;
import dev.bowyer.access.Seal;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.session.SessionStore.State;
import dev.bowyer.proto.v1.SessionState;
import io.grpc.Metadata;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The cookie of a client's session: id, version, caller and options, sealed, so that every replica knows every
/// session. A client that has shown none is offered one without options: whoever sends it back keeps cookies.
final class SessionCookie {
    static final Metadata.Key<String> COOKIE = Metadata.Key.of("cookie", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> SET_COOKIE = Metadata.Key.of("set-cookie", Metadata.ASCII_STRING_MARSHALLER);
    /// As the Flight documentation names it.
    static final String NAME = "arrow_flight_session_id";
    /// How long a session lives without a call. One in use is renewed in its second half.
    static final Duration LIFETIME = Duration.ofHours(24);

    /// In front of a cookie without options: when its key is gone, nothing is lost.
    private static final String WITHOUT_OPTIONS = "new.";

    private static final int ID_BYTES = 16;
    /// Longest value that is looked at.
    private static final int MAX_LENGTH = 4_096;

    private final Seal seal;
    private final SecureRandom random = new SecureRandom();

    SessionCookie(Seal seal) {
        this.seal = seal;
    }

    /// @param caller name of whom it belongs to
    /// @param isOld whether it should be sent anew, so that it lives on
    record Read(String id, String caller, State state, boolean isOld) {}

    /// Hard to guess: who knows it can change the session.
    String newId() {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    /// @return null if the headers have no such cookie
    /// @throws ServiceException SESSION_ENDED for a session that has ended, PERMISSION_DENIED for somebody else's,
    ///     INVALID_ARGUMENT for a cookie that is not one of ours
    @Nullable
    Read read(Metadata headers, Caller caller) {
        String value = value(headers);
        if (value == null) {
            return null;
        }
        boolean isNew = value.startsWith(WITHOUT_OPTIONS);
        String sealed = isNew ? value.substring(WITHOUT_OPTIONS.length()) : value;
        Seal.Opened opened = seal.open(Seal.Purpose.SESSION, decoded(sealed));
        if (isNew && !(opened instanceof Seal.Opened.Valid)) {
            return null;
        }
        return switch (opened) {
            case Seal.Opened.Valid(byte[] payload, Instant expiry) -> {
                boolean isOld = expiry != null && expiry.isBefore(Instant.now().plus(LIFETIME.dividedBy(2)));
                Read read = read(payload, isOld);
                if (read.caller().equals(caller.name())) {
                    yield read;
                }
                if (isNew) {
                    // Offered before the client logged in.
                    yield null;
                }
                throw new ServiceException(
                        ErrorCode.PERMISSION_DENIED,
                        "the session does not belong to " + caller.name(),
                        "connect again");
            }
            case Seal.Opened.Expired(Instant expiry) ->
                throw new ServiceException(
                        ErrorCode.SESSION_ENDED, "the session has expired at " + expiry, "connect again");
            case Seal.Opened.UnknownKey() ->
                throw new ServiceException(
                        ErrorCode.SESSION_ENDED,
                        "the session has ended: the server was restarted or its key was exchanged",
                        "connect again");
            case Seal.Opened.Damaged() -> throw notOurs();
        };
    }

    /// The value of a `set-cookie` header.
    String write(String id, State state, Caller caller) {
        SessionState.Builder payload =
                SessionState.newBuilder().setId(id).setVersion(state.version()).setCaller(caller.name());
        state.options().chosen().forEach((option, value) -> payload.putOptions(option.optionName(), value));
        byte[] sealed = seal.seal(
                Seal.Purpose.SESSION,
                payload.build().toByteArray(),
                Instant.now().plus(LIFETIME));
        String prefix = state.options().chosen().isEmpty() ? WITHOUT_OPTIONS : "";
        return NAME + "=" + prefix + Base64.getUrlEncoder().withoutPadding().encodeToString(sealed)
                + "; Path=/; HttpOnly";
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

    private static Read read(byte[] payload, boolean isOld) {
        Map<SessionOption, String> chosen = new EnumMap<>(SessionOption.class);
        try {
            SessionState state = SessionState.parseFrom(payload);
            state.getOptionsMap().forEach((name, value) -> {
                SessionOption option = SessionOption.named(name);
                // A newer replica may know more.
                if (option != null) {
                    chosen.put(option, value);
                }
            });
            return new Read(
                    state.getId(), state.getCaller(), new State(state.getVersion(), new SessionOptions(chosen)), isOld);
        } catch (InvalidProtocolBufferException e) {
            throw notOurs();
        }
    }

    private static ServiceException notOurs() {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT, "the cookie " + NAME + " is not one of this server", "connect again");
    }
}
