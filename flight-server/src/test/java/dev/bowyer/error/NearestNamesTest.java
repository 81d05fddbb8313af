package dev.bowyer.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class NearestNamesTest {
    @Test
    void theNearestComesFirst() {
        assertThat(NearestNames.hint("order", Stream.of("lineitem", "borders", "orders")))
                .isEqualTo("did you mean \"orders\"?");
        assertThat(NearestNames.hint("orders", Stream.of("lineitem", "borders2", "orderz", "borders")))
                .isEqualTo("did you mean \"borders\" or \"orderz\"?");
    }

    @Test
    void atMostThreeAreNamed() {
        assertThat(NearestNames.hint("a", Stream.of("b", "c", "d", "e")))
                .isEqualTo("did you mean \"b\" or \"c\" or \"d\"?");
    }

    @Test
    void caseDoesNotMatter() {
        assertThat(NearestNames.hint("TRIPS", Stream.of("trips"))).isEqualTo("did you mean \"trips\"?");
    }

    @Test
    void strangersAndEndlessNamesGetNoHint() {
        assertThat(NearestNames.hint("trips", Stream.of("orders", "x"))).isNull();
        assertThat(NearestNames.hint("trips", Stream.of())).isNull();
        assertThat(NearestNames.hint("x".repeat(100_000), Stream.of("x".repeat(100_001))))
                .isNull();
    }
}
