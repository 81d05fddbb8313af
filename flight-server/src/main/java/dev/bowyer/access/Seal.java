package dev.bowyer.access;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Seals bytes so that only a holder of a key can have made them. The payload is signed, not hidden: its
/// holder can read it. Several keys live at once, so that what was sealed with the last one outlives a
/// rotation. Thread-safe.
///
/// Sealed form, numbers big-endian:
///
/// | bytes | what |
/// |---|---|
/// | 1 | version, 0x01 |
/// | 1 | purpose |
/// | 4 | id of the key: the first bytes of its SHA-256 |
/// | 8 | expiry in seconds since 1970; 0: never |
/// | any | payload |
/// | 32 | HMAC-SHA-256 over everything before |
public final class Seal {
    /// Shortest key, in bytes: as long as the HMAC.
    public static final int MIN_KEY_BYTES = 32;
    /// Most keys that live at once: each rotation adds one, and the oldest goes when all it sealed has
    /// expired.
    public static final int MAX_KEYS = 16;

    private static final byte VERSION = 0x01;
    private static final int KEY_ID_OFFSET = 2;
    private static final int EXPIRY_OFFSET = KEY_ID_OFFSET + Integer.BYTES;
    private static final int HEADER_BYTES = EXPIRY_OFFSET + Long.BYTES;
    private static final int HMAC_BYTES = 32;
    private static final String HMAC = "HmacSHA256";

    private final List<Key> keys;
    private final InstantSource clock;

    private Seal(List<Key> keys, InstantSource clock) {
        this.keys = List.copyOf(keys);
        this.clock = clock;
    }

    /// The first key seals, all of them open.
    ///
    /// @throws ServiceException INVALID_CONFIG for no key, too many, one that is too short or two that
    ///     have one id
    public static Seal of(List<byte[]> keys) {
        return of(keys, InstantSource.system());
    }

    static Seal of(List<byte[]> secrets, InstantSource clock) {
        if (secrets.isEmpty() || secrets.size() > MAX_KEYS) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG, secrets.size() + " keys to seal with (expected: 1 to " + MAX_KEYS + ")");
        }
        List<Key> keys = new ArrayList<>();
        for (byte[] secret : secrets) {
            String which = "key " + (keys.size() + 1) + " to seal with ";
            if (secret.length < MIN_KEY_BYTES) {
                throw new ServiceException(
                        ErrorCode.INVALID_CONFIG,
                        which + "has " + secret.length + " bytes (expected: at least " + MIN_KEY_BYTES + ")",
                        "openssl rand -base64 32 makes one");
            }
            Key key = Key.of(secret);
            if (keys.stream().anyMatch(other -> other.id() == key.id())) {
                throw new ServiceException(ErrorCode.INVALID_CONFIG, which + "is there already", "make a new one");
            }
            keys.add(key);
        }
        return new Seal(keys, clock);
    }

    /// With a key that ends with the process, as does what it sealed.
    public static Seal ofRandomKey() {
        byte[] key = new byte[MIN_KEY_BYTES];
        new SecureRandom().nextBytes(key);
        return of(List.of(key));
    }

    /// @param expiry null: never; a fraction of a second is rounded up
    public byte[] seal(Purpose purpose, byte[] payload, @Nullable Instant expiry) {
        long seconds = 0;
        if (expiry != null) {
            seconds = Math.addExact(expiry.getEpochSecond(), expiry.getNano() > 0 ? 1 : 0);
            // 0 would mean never.
            if (seconds <= 0) {
                throw new IllegalArgumentException("expiry before 1970: " + expiry);
            }
        }
        Key key = keys.getFirst();
        ByteBuffer sealed = ByteBuffer.allocate(HEADER_BYTES + payload.length + HMAC_BYTES)
                .put(VERSION)
                .put(purpose.code)
                .putInt(key.id())
                .putLong(seconds)
                .put(payload);
        return sealed.put(key.hmac(sealed.array(), sealed.position())).array();
    }

    /// Says what `sealed` is; never throws, whatever the bytes. What was sealed for another purpose is
    /// [Opened.Damaged].
    public Opened open(Purpose purpose, byte[] sealed) {
        if (sealed.length < HEADER_BYTES + HMAC_BYTES || sealed[0] != VERSION || sealed[1] != purpose.code) {
            return new Opened.Damaged();
        }
        Key key = key(ByteBuffer.wrap(sealed).getInt(KEY_ID_OFFSET));
        if (key == null) {
            return new Opened.UnknownKey();
        }
        int signed = sealed.length - HMAC_BYTES;
        byte[] claimed = Arrays.copyOfRange(sealed, signed, sealed.length);
        // Takes the same time wherever the first difference is.
        if (!MessageDigest.isEqual(key.hmac(sealed, signed), claimed)) {
            return new Opened.Damaged();
        }
        long seconds = ByteBuffer.wrap(sealed).getLong(EXPIRY_OFFSET);
        Instant expiry = seconds == 0 ? null : Instant.ofEpochSecond(seconds);
        if (expiry != null && !now().isBefore(expiry)) {
            return new Opened.Expired(expiry);
        }
        return new Opened.Valid(Arrays.copyOfRange(sealed, HEADER_BYTES, signed), expiry);
    }

    /// By the clock that decides what has expired.
    Instant now() {
        return clock.instant();
    }

    private @Nullable Key key(int id) {
        for (Key key : keys) {
            if (key.id() == id) {
                return key;
            }
        }
        return null;
    }

    /// What sealed bytes are for; they open for nothing else.
    public enum Purpose {
        TICKET(1),
        PREPARED_STATEMENT(2),
        POLL(3),
        ACCESS_TOKEN(4),
        SESSION(5);

        private final byte code;

        Purpose(int code) {
            this.code = (byte) code;
        }
    }

    /// What [#open] found.
    public sealed interface Opened {
        /// Sealed by a live key, for this purpose, and not expired. The array is the receiver's.
        ///
        /// @param expiry null: never
        @SuppressWarnings("ArrayRecordComponent") // Taken apart at once; nobody compares it.
        record Valid(byte[] payload, @Nullable Instant expiry) implements Opened {}

        /// Genuine, but too late.
        record Expired(Instant expiry) implements Opened {}

        /// Sealed, if at all, by a key that is not live: of another server, or rotated out.
        record UnknownKey() implements Opened {}

        /// Not of this form, for another purpose, or not what the key sealed.
        record Damaged() implements Opened {}
    }

    private record Key(int id, SecretKeySpec secret) {
        static Key of(byte[] secret) {
            try {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(secret);
                return new Key(ByteBuffer.wrap(digest).getInt(), new SecretKeySpec(secret, HMAC));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }

        /// Of the first `length` bytes.
        byte[] hmac(byte[] bytes, int length) {
            try {
                Mac mac = Mac.getInstance(HMAC);
                mac.init(secret);
                mac.update(bytes, 0, length);
                return mac.doFinal();
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has " + HMAC, e);
            }
        }
    }
}
