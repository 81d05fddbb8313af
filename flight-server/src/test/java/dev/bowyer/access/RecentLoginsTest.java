package dev.bowyer.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RecentLoginsTest {
    private final SteppedClock clock = new SteppedClock();
    private final RecentLogins logins = new RecentLogins(clock);

    @Test
    void keepsALoginForAMinute() {
        Caller ann = new Caller("ann");
        logins.put("Basic a", ann);
        clock.advance(RecentLogins.KEPT_FOR.minusMillis(1));
        assertThat(logins.get("Basic a")).isEqualTo(ann);
        assertThat(logins.get("Basic b")).isNull();
        clock.advance(Duration.ofMillis(1));
        assertThat(logins.get("Basic a")).isNull();
    }

    @Test
    void forgetsTheOldestWhenItIsFull() {
        for (int i = 0; i <= RecentLogins.MAX_LOGINS; i++) {
            logins.put("Basic " + i, new Caller("user" + i));
        }
        assertThat(logins.get("Basic 0")).isNull();
        assertThat(logins.get("Basic 1")).isEqualTo(new Caller("user1"));
        assertThat(logins.get("Basic " + RecentLogins.MAX_LOGINS)).isNotNull();
    }
}
