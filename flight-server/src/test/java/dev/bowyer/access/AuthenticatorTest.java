package dev.bowyer.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.access.Authenticator.AccessToken;
import dev.bowyer.access.Authenticator.User;
import dev.bowyer.access.Seal.Purpose;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AuthenticatorTest {
    /// Of other libraries' making: the password is `sésame:1`.
    private static final String HASH = "$05$abcdefghijklmnopqrstuugmoINug3dIU/EplyjQP2vxgqbQs2qdG";

    private static final String PASSWORD = "sésame:1";
    private static final Duration EXPIRY = Duration.ofHours(12);

    private final SteppedClock clock = new SteppedClock();
    private final Seal seal = Seal.of(List.of(new byte[32]), clock);
    private final Authenticator users = Authenticator.of(List.of(new User("ann", "$2y" + HASH)), seal, EXPIRY);

    @ParameterizedTest
    @ValueSource(strings = {"$2a", "$2b", "$2y"})
    void takesEveryKindOfBcrypt(String kind) {
        Authenticator one = Authenticator.of(List.of(new User("ann", kind + HASH)), seal, EXPIRY);
        assertThat(one.login("ann", PASSWORD).caller()).isEqualTo(new Caller("ann"));
        unauthenticated(() -> one.login("ann", "sesame:1"), "wrong user or password");
    }

    @Test
    void longestAndEmptyPasswords() {
        Authenticator both = Authenticator.of(
                List.of(
                        new User("long", "$2y$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i"),
                        new User("empty", "$2y$04$abcdefghijklmnopqrstuubyCG3zY1GIXMyxfivm.ClDiInHzxjiq")),
                seal,
                EXPIRY);
        assertThat(both.login("long", "x".repeat(72)).caller().name()).isEqualTo("long");
        unauthenticated(() -> both.login("long", "x".repeat(71)), "wrong user or password");
        unauthenticated(() -> both.login("long", "x".repeat(73)), "the password is over 72 bytes");
        unauthenticated(() -> both.login("nobody", "é".repeat(37)), "the password is over 72 bytes");
        assertThat(both.login("empty", "").caller().name()).isEqualTo("empty");
        unauthenticated(() -> both.login("long", ""), "wrong user or password");
        unauthenticated(() -> both.login("empty", "\0"), "the password holds a NUL");
        unauthenticated(() -> users.login("ann", PASSWORD + "\0" + PASSWORD), "the password holds a NUL");
    }

    @Test
    void aTokenStandsForItsUserUntilItExpires() {
        AccessToken token = users.login("ann", PASSWORD);
        assertThat(users.authenticate(token.text())).isEqualTo(token);
        assertThat(token.id())
                .hasSize(32)
                .isNotEqualTo(users.login("ann", PASSWORD).id());
        assertThat(token.text()).matches("[A-Za-z0-9_-]+");
        clock.advance(EXPIRY.minusSeconds(1));
        assertThat(users.authenticate(token.text()).caller()).isEqualTo(new Caller("ann"));
        clock.advance(Duration.ofSeconds(2));
        unauthenticated(() -> users.authenticate(token.text()), "the access token has expired");
    }

    @Test
    void aReplicaWithTheKeyAndTheUserTakesTheToken() {
        String token = users.login("ann", PASSWORD).text();
        Seal same = Seal.of(List.of(new byte[33], new byte[32]), clock);
        Authenticator replica = Authenticator.of(List.of(new User("ann", "$2b" + HASH)), same, EXPIRY);
        assertThat(replica.authenticate(token).caller()).isEqualTo(new Caller("ann"));
        Authenticator without = Authenticator.of(List.of(new User("bob", "$2b" + HASH)), same, EXPIRY);
        unauthenticated(() -> without.authenticate(token), "the user of the access token, \"ann\", is no longer there");
        Authenticator stranger = Authenticator.of(List.of(new User("ann", "$2b" + HASH)), Seal.ofRandomKey(), EXPIRY);
        unauthenticated(() -> stranger.authenticate(token), "the access token is not one of this server");
    }

    @Test
    void nothingElseIsAToken() {
        String token = users.login("ann", PASSWORD).text();
        for (int i = 0; i < token.length(); i++) {
            char other = token.charAt(i) == 'A' ? 'B' : 'A';
            foreign(token.substring(0, i) + other + token.substring(i + 1));
            foreign(token.substring(0, i));
        }
        foreign(token + "=");
        foreign(token + "A");
        foreign("é");
        foreign("A".repeat(1_000_000));
        foreign(encode(seal.seal(
                Purpose.TICKET,
                ("0".repeat(16) + "ann").getBytes(UTF_8),
                clock.instant().plusSeconds(9))));
        foreign(encode(seal.seal(Purpose.ACCESS_TOKEN, ("0".repeat(16) + "ann").getBytes(UTF_8), null)));
        foreign(encode(
                seal.seal(Purpose.ACCESS_TOKEN, new byte[3], clock.instant().plusSeconds(9))));
        Random random = new Random(4);
        for (int i = 0; i < 1_000; i++) {
            byte[] bytes = new byte[random.nextInt(100)];
            random.nextBytes(bytes);
            foreign(encode(bytes));
        }
    }

    /// Without padding, the wrong password of the cheaper hash would be told from an unknown user by its speed: 64
    /// times.
    @Test
    void unknownUsersTakeAsLongAsWrongPasswords() {
        String cheap = "$2y$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
        String dear = "$2y$10$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i";
        Authenticator both = Authenticator.of(List.of(new User("cheap", cheap), new User("dear", dear)), seal, EXPIRY);
        long unknown = fastest(both, "nobody");
        assertThat((double) fastest(both, "cheap") / unknown).isBetween(1 / 8.0, 8.0);
        assertThat((double) fastest(both, "dear") / unknown).isBetween(1 / 8.0, 8.0);
    }

    private static long fastest(Authenticator authenticator, String user) {
        long fastest = Long.MAX_VALUE;
        for (int i = 0; i < 4; i++) {
            long start = System.nanoTime();
            unauthenticated(() -> authenticator.login(user, "wrong"), "wrong user or password");
            fastest = Math.min(fastest, System.nanoTime() - start);
        }
        return fastest;
    }

    @Test
    void noPasswordMatchesTheHashOfUnknownUsers() {
        for (String password : List.of("", "x", "\0")) {
            assertThat(PasswordHash.ofNoPassword(4).matches(password)).isFalse();
        }
    }

    @Test
    void refusesUsersThatCannotLogIn() {
        refuses("", "$2y" + HASH, "a user has an empty name");
        refuses("a\nb", "$2y" + HASH, "user \"a?b\" has a control character in its name");
        refuses("a:b", "$2y" + HASH, "user \"a:b\" has a colon in its name, where the password would start");
        refuses("anonymous", "$2y" + HASH, "user \"anonymous\" has the name of callers without one");
        refuses("n".repeat(129), "$2y" + HASH, "has a name of 129 characters (expected: at most 128)");
        refuses("ann", "secret", "the password hash of user \"ann\" is not of bcrypt");
        refuses("ann", "$2x" + HASH, "the password hash of user \"ann\" is not of bcrypt");
        refuses("ann", "$2y" + HASH.substring(1), "the password hash of user \"ann\" is not of bcrypt");
        refuses("ann", "$2y" + HASH + ".", "the password hash of user \"ann\" is not of bcrypt");
        refuses("ann", "$2y" + HASH.replace("$05", "$15"), "of user \"ann\" has cost 15 (expected: 4 to 14)");
        refuses("ann", "$2y" + HASH.replace("$05", "$03"), "of user \"ann\" has cost 3 (expected: 4 to 14)");
        User twice = new User("ann", "$2y" + HASH);
        assertThatThrownBy(() -> Authenticator.of(List.of(twice, twice), seal, EXPIRY))
                .hasMessage("user \"ann\" stands twice");
    }

    private void refuses(String name, String hash, String message) {
        assertThatThrownBy(() -> Authenticator.of(List.of(new User(name, hash)), seal, EXPIRY))
                .hasMessageContaining(message)
                .hasMessageNotContaining(hash)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG));
    }

    @Test
    void withoutUsersThereIsNothingToLogInTo() {
        for (Authenticator open : List.of(Authenticator.open(), Authenticator.of(List.of(), seal, EXPIRY))) {
            assertThat(open.required()).isFalse();
            unauthenticated(() -> open.login("ann", PASSWORD), "this server runs without authentication");
            unauthenticated(() -> open.authenticate("x"), "this server runs without authentication");
        }
        assertThat(users.required()).isTrue();
    }

    @Test
    void nothingPrintsASecret() {
        AccessToken token = users.login("ann", PASSWORD);
        assertThat(token.toString()).contains("ann").doesNotContain(token.text());
        assertThat(new User("ann", "$2y" + HASH).toString()).isEqualTo("User[ann]");
        assertThat(PasswordHash.parse("$2y" + HASH).toString()).isEqualTo("bcrypt of cost 5");
    }

    private void foreign(String token) {
        unauthenticated(() -> users.authenticate(token), "the access token is not one of this server");
    }

    private static void unauthenticated(ThrowingCallable call, String message) {
        assertThatThrownBy(call)
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAUTHENTICATED));
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
