package dev.bowyer.access;

import dev.bowyer.access.Seal.Opened;
import dev.bowyer.access.Seal.Purpose;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Users and their passwords, checked once, at Handshake; after that an access token stands for them. The
/// token is sealed and says all there is to know, so any replica with the key and the user accepts it.
/// Thread-safe.
public final class Authenticator {
    public static final int MAX_USERS = 10_000;
    /// Of one user name, in characters.
    public static final int MAX_NAME_LENGTH = 128;
    /// Of the text of an access token; those of this server are far shorter.
    static final int MAX_TOKEN_LENGTH = 4_096;

    private static final int TOKEN_ID_BYTES = 16;
    private static final String LOG_IN = "log in with a Handshake";

    private final Map<String, PasswordHash> users;
    private final int highestCost;
    private final @Nullable Seal seal;
    private final Duration tokenExpiry;
    private final SecureRandom random = new SecureRandom();

    private Authenticator(Map<String, PasswordHash> users, @Nullable Seal seal, Duration tokenExpiry) {
        this.users = Map.copyOf(users);
        this.highestCost =
                users.values().stream().mapToInt(PasswordHash::cost).max().orElse(PasswordHash.MIN_COST);
        this.seal = seal;
        this.tokenExpiry = tokenExpiry;
    }

    /// Of a server without users: everyone is [Caller#ANONYMOUS].
    public static Authenticator open() {
        return new Authenticator(Map.of(), null, Duration.ZERO);
    }

    /// Without users it is as [#open].
    ///
    /// @param seal of the access tokens
    /// @param tokenExpiry how long one is valid
    /// @throws ServiceException INVALID_CONFIG for a name or password hash that cannot be used, naming
    ///     the user
    public static Authenticator of(List<User> users, Seal seal, Duration tokenExpiry) {
        if (users.size() > MAX_USERS) {
            throw invalid(users.size() + " users (expected: at most " + MAX_USERS + ")");
        }
        Map<String, PasswordHash> hashes = new HashMap<>();
        for (User user : users) {
            if (hashes.putIfAbsent(user.name(), checked(user)) != null) {
                throw invalid("user \"" + user.name() + "\" stands twice");
            }
        }
        return users.isEmpty() ? open() : new Authenticator(hashes, seal, tokenExpiry);
    }

    /// Whether a user can be one of [#of].
    ///
    /// @throws ServiceException INVALID_CONFIG naming the user and what is wrong; it never holds the hash
    public static void check(User user) {
        checked(user);
    }

    private static PasswordHash checked(User user) {
        checkName(user.name());
        try {
            return PasswordHash.parse(user.passwordHash());
        } catch (IllegalArgumentException e) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG,
                    "the password hash of user \"" + user.name() + "\" " + e.getMessage(),
                    "htpasswd -nbB USER PASSWORD makes one",
                    e);
        }
    }

    /// Whether callers must prove who they are.
    public boolean required() {
        return seal != null;
    }

    /// Checks the password: for as long, and with the same answer, whether the user or the password is wrong.
    ///
    /// @throws ServiceException UNAUTHENTICATED
    public AccessToken login(String user, String password) {
        Seal sealer = sealer();
        checkPassword(password);
        if (!matches(user, password)) {
            throw new ServiceException(ErrorCode.UNAUTHENTICATED, "wrong user or password");
        }
        byte[] id = new byte[TOKEN_ID_BYTES];
        random.nextBytes(id);
        Instant expiry =
                sealer.now().plus(tokenExpiry).truncatedTo(ChronoUnit.SECONDS).plusSeconds(1);
        byte[] name = user.getBytes(StandardCharsets.UTF_8);
        byte[] payload = ByteBuffer.allocate(TOKEN_ID_BYTES + name.length)
                .put(id)
                .put(name)
                .array();
        String text = encode(sealer.seal(Purpose.ACCESS_TOKEN, payload, expiry));
        return new AccessToken(text, new Caller(user), HexFormat.of().formatHex(id), expiry);
    }

    /// Who a token stands for.
    ///
    /// @throws ServiceException UNAUTHENTICATED for one that is expired or not of this server, or whose
    ///     user is gone
    public AccessToken authenticate(String bearerToken) {
        Seal sealer = sealer();
        return switch (sealer.open(Purpose.ACCESS_TOKEN, decode(bearerToken))) {
            case Opened.Valid valid -> token(bearerToken, valid);
            case Opened.Expired _ ->
                throw new ServiceException(ErrorCode.UNAUTHENTICATED, "the access token has expired", LOG_IN);
            case Opened.UnknownKey _, Opened.Damaged _ -> throw foreign();
        };
    }

    /// bcrypt cuts what is too long and repeats what is short, with a NUL between: to it "a" is "a\0a".
    private static void checkPassword(String password) {
        if (password.getBytes(StandardCharsets.UTF_8).length > PasswordHash.MAX_PASSWORD_BYTES) {
            throw new ServiceException(
                    ErrorCode.UNAUTHENTICATED,
                    "the password is over " + PasswordHash.MAX_PASSWORD_BYTES + " bytes, which bcrypt cannot check",
                    "use a shorter one");
        }
        if (password.indexOf(0) >= 0) {
            throw new ServiceException(
                    ErrorCode.UNAUTHENTICATED,
                    "the password holds a NUL, which bcrypt cannot check",
                    "use another one");
        }
    }

    private AccessToken token(String text, Opened.Valid opened) {
        byte[] payload = opened.payload();
        Instant expiry = opened.expiry();
        if (payload.length <= TOKEN_ID_BYTES || expiry == null) {
            throw foreign();
        }
        String name = new String(payload, TOKEN_ID_BYTES, payload.length - TOKEN_ID_BYTES, StandardCharsets.UTF_8);
        if (!users.containsKey(name)) {
            throw new ServiceException(
                    ErrorCode.UNAUTHENTICATED,
                    "the user of the access token, \"" + name + "\", is no longer there",
                    LOG_IN);
        }
        String id = HexFormat.of().formatHex(payload, 0, TOKEN_ID_BYTES);
        return new AccessToken(text, new Caller(name), id, expiry);
    }

    private boolean matches(String user, String password) {
        PasswordHash hash = users.get(user);
        if (hash == null) {
            PasswordHash.ofNoPassword(highestCost).matches(password);
            return false;
        }
        if (hash.matches(password)) {
            return true;
        }
        // 2^c steps so far; with 2^c + 2^(c+1) + ... + 2^(h-1) more they are the 2^h that an unknown user takes.
        for (int cost = hash.cost(); cost < highestCost; cost++) {
            PasswordHash.ofNoPassword(cost).matches(password);
        }
        return false;
    }

    private Seal sealer() {
        if (seal == null) {
            throw new ServiceException(
                    ErrorCode.UNAUTHENTICATED,
                    "this server runs without authentication",
                    "connect without user, password and token");
        }
        return seal;
    }

    private static ServiceException foreign() {
        return new ServiceException(ErrorCode.UNAUTHENTICATED, "the access token is not one of this server", LOG_IN);
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /// Empty for what is not the text of any bytes: one token has one text, without padding and stray bits.
    private static byte[] decode(String text) {
        if (text.length() > MAX_TOKEN_LENGTH) {
            return new byte[0];
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(text);
            return encode(bytes).equals(text) ? bytes : new byte[0];
        } catch (IllegalArgumentException _) {
            return new byte[0];
        }
    }

    private static void checkName(String name) {
        if (name.isBlank()) {
            throw invalid("a user has an empty name");
        }
        if (name.length() > MAX_NAME_LENGTH) {
            throw invalid("user \"" + name.substring(0, MAX_NAME_LENGTH) + "...\" has a name of " + name.length()
                    + " characters (expected: at most " + MAX_NAME_LENGTH + ")");
        }
        if (name.codePoints().anyMatch(Character::isISOControl)) {
            throw invalid("user \"" + name.replaceAll("\\p{Cntrl}", "?") + "\" has a control character in its name");
        }
        if (name.indexOf(':') >= 0) {
            throw invalid("user \"" + name + "\" has a colon in its name, where the password would start");
        }
        if (name.equals(Caller.ANONYMOUS.name())) {
            throw invalid("user \"" + name + "\" has the name of callers without one");
        }
    }

    private static ServiceException invalid(String message) {
        return new ServiceException(ErrorCode.INVALID_CONFIG, message);
    }

    /// Someone who may log in.
    ///
    /// @param passwordHash of bcrypt: `$2a$`, `$2b$` or `$2y$`
    public record User(String name, String passwordHash) {
        /// Without the hash, which is for nobody's eyes.
        @Override
        public String toString() {
            return "User[" + name + "]";
        }
    }

    /// What a login gives.
    ///
    /// @param text what the client sends with each call
    /// @param id random for each login: what lives with a login may hang on it
    public record AccessToken(String text, Caller caller, String id, Instant expiry) {
        /// Without the text, with which anyone could be the caller.
        @Override
        public String toString() {
            return "AccessToken[" + caller.name() + ", " + id + ", " + expiry + "]";
        }
    }
}
