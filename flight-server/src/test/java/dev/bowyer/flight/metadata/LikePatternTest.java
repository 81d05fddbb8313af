package dev.bowyer.flight.metadata;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LikePatternTest {
    @ParameterizedTest
    @CsvSource({
        "%, '', true",
        "'', '', true",
        "'', a, false",
        "tr_ps, trips, true",
        "tr_ps, trps, false",
        "t%s, trips, true",
        "t%p, trips, false",
        "%i%s, trips, true",
        "a\\_b, a_b, true",
        "a\\_b, axb, false",
        "a\\%, a%, true",
        "a\\%, ab, false",
        "TRIPS, trips, false"
    })
    void matchesAsSqlDoes(String pattern, String text, boolean matches) {
        assertThat(new LikePattern(pattern).matches(text)).isEqualTo(matches);
    }

    @Test
    void anEvilPatternIsQuick() {
        LikePattern evil = new LikePattern("%a".repeat(200) + "b");
        Assertions.assertTimeout(
                Duration.ofSeconds(1),
                () -> assertThat(evil.matches("a".repeat(5_000))).isFalse());
    }
}
