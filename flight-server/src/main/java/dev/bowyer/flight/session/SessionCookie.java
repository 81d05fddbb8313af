package dev.bowyer.flight.session;

import com.google.protobuf.InvalidProtocolBufferException;
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
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The cookie of a client's session. Once options are set it is the session itself: id, version and options, sealed,
/// so that every replica knows every session. Before that it is the id alone, offered to clients that have shown
/// none: whoever sends it back keeps cookies.
final class SessionCookie {
    static final Metadata.Key<String> COOKIE = Metadata.Key.of("cookie", Metadata.ASCII_STRING_MARSHALLER);
    static final Metadata.Key<String> SET_COOKIE = Metadata.Key.of("set-cookie", Metadata.ASCII_STRING_MARSHALLER);
    /// As the Flight documentation names it.
    static final String NAME = "arrow_flight_session_id";
    /// How long a session lives without a call. One in use is renewed in its second half.
    static final Duration LIFETIME = Duration.ofHours(24);

    private static final Pattern ID = Pattern.compile("[0-9a-f]{32}");
    private static final int ID_BYTES = 16;
    /// Longest value that is looked at.
    private static final int MAX_LENGTH = 4_096;

    private final Seal seal;
    private final SecureRandom random = new SecureRandom();

    SessionCookie(Seal seal) {
        this.seal = seal;
    }

    /// @param isOld whether it should be sent anew, so that it lives on
    record Read(String id, State state, boolean isOld) {}

    /// Hard to guess: who knows it can change the session.
    String newId() {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    /// @return null if the headers have no such cookie
    /// @throws ServiceException QUERY_NOT_FOUND for a session that has ended, INVALID_ARGUMENT for a cookie that is
    ///     not one of ours
    @Nullable
    Read read(Metadata headers) {
        String value = value(headers);
        if (value == null) {
            return null;
        }
        if (ID.matcher(value).matches()) {
            return new Read(value, State.NEW, false);
        }
        return switch (seal.open(Seal.Purpose.SESSION, decoded(value))) {
            case Seal.Opened.Valid(byte[] payload, Instant expiry) -> {
                boolean isOld = expiry != null && expiry.isBefore(Instant.now().plus(LIFETIME.dividedBy(2)));
                yield read(payload, isOld);
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
    String write(String id, State state) {
        SessionState.Builder payload = SessionState.newBuilder().setId(id).setVersion(state.version());
        state.options().chosen().forEach((option, value) -> payload.putOptions(option.optionName(), value));
        byte[] sealed = seal.seal(
                Seal.Purpose.SESSION,
                payload.build().toByteArray(),
                Instant.now().plus(LIFETIME));
        return header(Base64.getUrlEncoder().withoutPadding().encodeToString(sealed));
    }

    /// A `set-cookie` header of a session without options.
    static String header(String value) {
        return NAME + "=" + value + "; Path=/; HttpOnly";
    }

    /// A `set-cookie` header that ends a session.
    static String removal() {
        return header("closed") + "; Max-Age=0";
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
            return new Read(state.getId(), new State(state.getVersion(), new SessionOptions(chosen)), isOld);
        } catch (InvalidProtocolBufferException e) {
            throw notOurs();
        }
    }

    private static ServiceException notOurs() {
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT, "the cookie " + NAME + " is not one of this server", "connect again");
    }
}
