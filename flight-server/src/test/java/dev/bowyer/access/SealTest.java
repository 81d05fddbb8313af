package dev.bowyer.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.access.Seal.Opened;
import dev.bowyer.access.Seal.Purpose;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

final class SealTest {
    private static final byte[] PAYLOAD = "what is sealed".getBytes(UTF_8);

    private final SteppedClock clock = new SteppedClock();
    private final Seal seal = Seal.of(List.of(key(1)), clock);

    @Test
    void opensWhatItSealed() {
        for (Purpose purpose : Purpose.values()) {
            for (byte[] payload : List.of(PAYLOAD, new byte[0], new byte[100_000])) {
                Instant expiry = clock.instant().plusSeconds(1);
                assertThat(payloadOf(seal.open(purpose, seal.seal(purpose, payload, null))))
                        .isEqualTo(payload);
                assertThat(payloadOf(seal.open(purpose, seal.seal(purpose, payload, expiry))))
                        .isEqualTo(payload);
            }
        }
    }

    /// The form is a contract between the replicas of a rolling update.
    @Test
    void theFormIsTheOneDocumented() throws Exception {
        byte[] sealed = seal.seal(Purpose.POLL, PAYLOAD, Instant.ofEpochSecond(2_000_000_000L));
        ByteBuffer expected = ByteBuffer.allocate(14 + PAYLOAD.length + 32)
                .put((byte) 1)
                .put((byte) 3)
                .put(MessageDigest.getInstance("SHA-256").digest(key(1)), 0, 4)
                .putLong(2_000_000_000L)
                .put(PAYLOAD);
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key(1), "HmacSHA256"));
        mac.update(expected.array(), 0, expected.position());
        assertThat(sealed).isEqualTo(expected.put(mac.doFinal()).array());
    }

    @Test
    void opensForNoOtherPurpose() {
        for (Purpose purpose : Purpose.values()) {
            byte[] sealed = seal.seal(purpose, PAYLOAD, null);
            for (Purpose other : Purpose.values()) {
                if (other != purpose) {
                    assertThat(seal.open(other, sealed)).isEqualTo(new Opened.Damaged());
                    // The purpose is signed too.
                    byte[] relabelled = sealed.clone();
                    relabelled[1] = seal.seal(other, PAYLOAD, null)[1];
                    assertThat(seal.open(other, relabelled)).isEqualTo(new Opened.Damaged());
                }
            }
        }
    }

    @Test
    void everyFlippedBitIsFound() {
        byte[] sealed = seal.seal(Purpose.TICKET, PAYLOAD, clock.instant().plusSeconds(60));
        for (int i = 0; i < sealed.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] flipped = sealed.clone();
                flipped[i] ^= (byte) (1 << bit);
                boolean inKeyId = i >= 2 && i < 6;
                assertThat(seal.open(Purpose.TICKET, flipped))
                        .isEqualTo(inKeyId ? new Opened.UnknownKey() : new Opened.Damaged());
            }
        }
    }

    @Test
    void everyOtherLengthIsFound() {
        byte[] sealed = seal.seal(Purpose.TICKET, PAYLOAD, null);
        for (int length = 0; length < sealed.length; length++) {
            assertThat(seal.open(Purpose.TICKET, Arrays.copyOf(sealed, length))).isEqualTo(new Opened.Damaged());
            assertThat(seal.open(Purpose.TICKET, Arrays.copyOfRange(sealed, sealed.length - length, sealed.length)))
                    .isNotInstanceOf(Opened.Valid.class);
        }
        assertThat(seal.open(Purpose.TICKET, Arrays.copyOf(sealed, sealed.length + 1)))
                .isEqualTo(new Opened.Damaged());
    }

    @Test
    void expires() {
        Instant expiry = clock.instant().plusSeconds(10);
        byte[] sealed = seal.seal(Purpose.TICKET, PAYLOAD, expiry);
        clock.advance(Duration.ofMillis(9_999));
        assertThat(seal.open(Purpose.TICKET, sealed)).isInstanceOf(Opened.Valid.class);
        clock.advance(Duration.ofMillis(1));
        assertThat(seal.open(Purpose.TICKET, sealed)).isEqualTo(new Opened.Expired(expiry));
        assertThat(seal.open(Purpose.TICKET, seal.seal(Purpose.TICKET, PAYLOAD, null)))
                .isInstanceOf(Opened.Valid.class);
    }

    @Test
    void aFractionOfASecondIsRoundedUpAndNeverMeansNever() {
        Instant fraction = clock.instant().plusMillis(1);
        assertThat(seal.open(Purpose.TICKET, seal.seal(Purpose.TICKET, PAYLOAD, fraction)))
                .isInstanceOf(Opened.Valid.class);
        assertThatThrownBy(() -> seal.seal(Purpose.TICKET, PAYLOAD, Instant.EPOCH))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void afterARotationTheOldKeyOpensAndTheNewOneSeals() {
        byte[] before = seal.seal(Purpose.TICKET, PAYLOAD, null);
        Seal rotated = Seal.of(List.of(key(2), key(1)), clock);
        assertThat(payloadOf(rotated.open(Purpose.TICKET, before))).isEqualTo(PAYLOAD);
        byte[] after = rotated.seal(Purpose.TICKET, PAYLOAD, null);
        assertThat(seal.open(Purpose.TICKET, after)).isEqualTo(new Opened.UnknownKey());
        Seal done = Seal.of(List.of(key(2)), clock);
        assertThat(payloadOf(done.open(Purpose.TICKET, after))).isEqualTo(PAYLOAD);
        assertThat(done.open(Purpose.TICKET, before)).isEqualTo(new Opened.UnknownKey());
    }

    @Test
    void randomKeysAreStrangers() {
        byte[] sealed = Seal.ofRandomKey().seal(Purpose.TICKET, PAYLOAD, null);
        assertThat(Seal.ofRandomKey().open(Purpose.TICKET, sealed)).isEqualTo(new Opened.UnknownKey());
    }

    @Test
    void noForgeryOpens() {
        Random random = new Random(4);
        byte[] genuine = seal.seal(Purpose.TICKET, PAYLOAD, null);
        for (int i = 0; i < 100_000; i++) {
            byte[] forged = new byte[random.nextInt(120)];
            random.nextBytes(forged);
            // The more of a genuine header it has, the further it gets.
            System.arraycopy(genuine, 0, forged, 0, Math.min(forged.length, random.nextInt(genuine.length - 31)));
            assertThat(seal.open(Purpose.TICKET, forged)).isNotInstanceOf(Opened.Valid.class);
        }
    }

    @Test
    void refusesKeysThatCannotSeal() {
        refuses(List.of(), "0 keys to seal with (expected: 1 to 16)");
        refuses(Collections.nCopies(17, key(1)), "17 keys to seal with (expected: 1 to 16)");
        refuses(List.of(key(1), new byte[31]), "key 2 to seal with has 31 bytes (expected: at least 32)");
        refuses(List.of(key(1), key(1)), "key 2 to seal with is there already");
        Seal.of(IntStream.range(0, 16).mapToObj(SealTest::key).toList());
    }

    private static void refuses(List<byte[]> keys, String message) {
        assertThatThrownBy(() -> Seal.of(keys))
                .hasMessage(message)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG));
    }

    private static byte[] payloadOf(Opened opened) {
        assertThat(opened).isInstanceOf(Opened.Valid.class);
        return ((Opened.Valid) opened).payload();
    }

    private static byte[] key(int seed) {
        byte[] key = new byte[Seal.MIN_KEY_BYTES];
        Arrays.fill(key, (byte) seed);
        return key;
    }
}
