package dev.bowyer.access;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.access.Credentials.Basic;
import dev.bowyer.access.Credentials.Bearer;
import dev.bowyer.access.Credentials.None;
import dev.bowyer.access.Credentials.Unreadable;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CredentialsTest {
    @Test
    void readsBasicWithAndWithoutPadding() {
        Basic expected = new Basic("ann", "sésame:1");
        byte[] both = "ann:sésame:1".getBytes(UTF_8);
        assertThat(Credentials.parse("Basic " + Base64.getEncoder().encodeToString(both)))
                .isEqualTo(expected);
        assertThat(Credentials.parse(
                        "basic  " + Base64.getEncoder().withoutPadding().encodeToString(both)))
                .isEqualTo(expected);
        assertThat(Credentials.parse("Basic Og==")).isEqualTo(new Basic("", ""));
    }

    @Test
    void readsBearer() {
        assertThat(Credentials.parse("Bearer abc")).isEqualTo(new Bearer("abc"));
        assertThat(Credentials.parse("bearer abc ")).isEqualTo(new Bearer("abc"));
    }

    @Test
    void nothingIsNone() {
        assertThat(Credentials.parse(null)).isEqualTo(new None());
        assertThat(Credentials.parse("  ")).isEqualTo(new None());
    }

    @ParameterizedTest
    @ValueSource(strings = {"Bearer", "Basic", "Basic !", "Basic YW5u", "Basic /zo=", "Digest abc", "abc", "Basicabc"})
    void theRestIsUnreadable(String header) {
        assertThat(Credentials.parse(header)).isEqualTo(new Unreadable());
    }

    @Test
    void nothingPrintsASecret() {
        assertThat(new Basic("ann", "hunter2").toString()).isEqualTo("Basic[ann]");
        assertThat(new Bearer("abc").toString()).isEqualTo("Bearer");
    }
}
