package dev.bowyer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.access.Authenticator.User;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The keys about who may call and what tickets are worth.
final class AccessKeysTest {
    private static final String HASH = "$2y$05$abcdefghijklmnopqrstuugmoINug3dIU/EplyjQP2vxgqbQs2qdG";
    private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);
    private static final String OTHER_KEY = Base64.getEncoder().encodeToString(new byte[33]);

    @TempDir
    Path folder;

    @Test
    void readsEveryKey() throws IOException {
        Config config = load("""
                server: { advertise: "grpc+tls://data.example.org:8815" }
                tickets: { keys: ["${env:KEY}", "${env:OLD}"], expiry: 1h, plain: false, raw-sql: true }
                auth:
                  users:
                    - { name: ann, password-hash: "${env:HASH}" }
                  token-expiry: 30d
                """, Map.of("KEY", KEY, "OLD", OTHER_KEY, "HASH", HASH));
        assertThat(config.server().advertise()).isEqualTo(URI.create("grpc+tls://data.example.org:8815"));
        assertThat(config.tickets().keys()).containsExactly(new byte[32], new byte[33]);
        assertThat(config.tickets().expiry()).isEqualTo(Duration.ofHours(1));
        assertThat(config.tickets().plain()).isFalse();
        assertThat(config.tickets().rawSql()).isTrue();
        assertThat(config.auth().users()).containsExactly(new User("ann", HASH));
        assertThat(config.auth().tokenExpiry()).isEqualTo(Duration.ofDays(30));
        assertThat(config.toString()).contains("ann").doesNotContain(HASH, KEY, OTHER_KEY);
        assertThat(config.redaction().apply("x " + KEY + " y")).isEqualTo("x ${env:KEY} y");
    }

    @Test
    void defaults() {
        Config config = ConfigLoader.fromEnvironmentOnly(Map.of());
        assertThat(config.server().advertise()).isNull();
        assertThat(config.tickets()).isEqualTo(new Config.Tickets(List.of(), Duration.ofMinutes(15), true, false));
        assertThat(config.auth()).isEqualTo(new Config.Auth(List.of(), Set.of(), Duration.ofHours(12)));
    }

    @Test
    void theEnvironmentGoesBeforeTheFile() throws IOException {
        Config config = load(
                "tickets: { keys: ['" + KEY + "'], expiry: 1h }",
                Map.of(
                        "BOWYER_SERVER_ADVERTISE", "grpc://[2001:db8::1]:1",
                        "BOWYER_TICKETS_KEYS", OTHER_KEY + "," + KEY,
                        "BOWYER_TICKETS_EXPIRY", "2h",
                        "BOWYER_TICKETS_RAW_SQL", "true",
                        "BOWYER_AUTH_TOKEN_EXPIRY", "1m"));
        assertThat(config.server().advertise()).hasToString("grpc://[2001:db8::1]:1");
        assertThat(config.tickets().keys()).containsExactly(new byte[33], new byte[32]);
        assertThat(config.tickets().expiry()).isEqualTo(Duration.ofHours(2));
        assertThat(config.tickets().rawSql()).isTrue();
        assertThat(config.auth().tokenExpiry()).isEqualTo(Duration.ofMinutes(1));
        assertThat(config.redaction().apply(OTHER_KEY)).isEqualTo("(hidden)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data.example.org:8815",
                "http://data.example.org:8815",
                "grpc://data.example.org",
                "grpc://data.example.org:0",
                "grpc://data.example.org:65536",
                "grpc://data.example.org:1/path",
                "grpc://user@data.example.org:1",
                "grpc://data.example.org:1?a=b",
                "grpc://0.0.0.0:8815",
                "grpc://[::]:8815",
                "grpc://[0:0:0:0:0:0:0:0]:8815",
                "grpc://:8815",
                "grpc:x"
            })
    void refusesWhatClientsCannotConnectTo(String location) {
        refuses(
                "server: { advertise: '" + location + "' }",
                ":1:22: advertise: \"" + location + "\" (expected: grpc://HOST:PORT or grpc+tls://HOST:PORT");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tickets: { expiry: 500ms }|:1:20: expiry: \"500ms\" (expected: a duration of 1s to 24h)",
                "tickets: { expiry: 25h }|expiry: \"25h\" (expected: a duration of 1s to 24h)",
                "auth: { token-expiry: 59s }|token-expiry: \"59s\" (expected: a duration of 1m to 30d)",
                "auth: { token-expiry: 31d }|token-expiry: \"31d\" (expected: a duration of 1m to 30d)",
                "tickets: { plain: yes }|plain: \"yes\" (expected: true or false)",
                "tickets: { key: x }|unknown key \"key\" in tickets (did you mean \"keys\"?)",
                "auth: { users: ann }|users: \"ann\" (expected: a list of mappings)",
                "auth: { users: [{ name: ann }] }|:1:17: key \"password-hash\" is missing (expected: a text",
                "auth: { users: [{ name: ann, pasword-hash: x }] }|unknown key \"pasword-hash\" in auth.users (did you",
            })
    void refusesWithThePlaceAndWhatIsExpected(String yaml, String expected) {
        refuses(yaml, expected);
    }

    @Test
    void secretsAreNeverShown() {
        String secret = "aHVudGVyMg==";
        String expected = " (expected: a list of base 64 texts of at least 32 bytes)";
        for (String wrong : List.of("['" + secret + "']", "['x" + secret + "']", secret)) {
            refuses("tickets: { keys: " + wrong + " }", "keys: (hidden)" + expected);
        }
        refuses("tickets: { keys: ['${env:SECRET}'] }", "keys: \"${env:SECRET}\"" + expected, Map.of("SECRET", secret));
        refuses("", "variable BOWYER_TICKETS_KEYS: (hidden)" + expected, Map.of("BOWYER_TICKETS_KEYS", secret));
        refuses(
                "auth: { users: [{ name: ann, password-hash: " + secret + " }] }",
                "hash of user \"ann\" is not of bcrypt");
        refuses("auth: { users: [{ name: ann, password-hash: ' ' }] }", "password-hash: (hidden) (expected: a text");
    }

    @Test
    void refusesUsersAndKeysThatCannotBe() {
        String ann = "{ name: ann, password-hash: '" + HASH + "' }";
        refuses("auth:\n  users:\n  - " + ann + "\n  - " + ann, ":4:13: user \"ann\" is there already on line 3");
        refuses(
                "auth: { users: [{ name: 'a:b', password-hash: '" + HASH + "' }] }",
                ":1:25: user \"a:b\" has a colon in its name");
        refuses(
                "auth: { users: [{ name: ann, password-hash: '" + HASH.replace("$05", "$31") + "' }] }",
                "user \"ann\" has cost 31 (expected: 4 to 14)");
        refuses(
                "tickets: { keys: ['" + KEY + "', '" + KEY + "'] }",
                ":1:18: keys: key 2 to seal with is there already");
        refuses("", "BOWYER_TICKETS_KEYS: key 2 to seal with is", Map.of("BOWYER_TICKETS_KEYS", KEY + "," + KEY));
    }

    private void refuses(String yaml, String expected) {
        refuses(yaml, expected, Map.of());
    }

    private void refuses(String yaml, String expected, Map<String, String> environment) {
        assertThatThrownBy(() -> load(yaml, environment))
                .hasMessageContaining(expected)
                .hasMessageNotContainingAny("aHVudGVyMg", HASH, KEY)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INVALID_CONFIG));
    }

    private Config load(String yaml, Map<String, String> environment) throws IOException {
        return ConfigLoader.load(Files.writeString(folder.resolve("bowyer.yaml"), yaml), environment);
    }
}
