package dev.bowyer.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.engine.OutputFormat;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Who makes an answer, and what those get who wait for it.
final class ResultCacheTest {
    private static final int ENTRY = 10_000;

    private final ResultCache cache = new ResultCache(4L * ENTRY);

    private static ResultKey key(String caller, String sql, @Nullable Duration timeout, String version) {
        return new ResultKey(
                caller,
                sql,
                PlanOptions.DEFAULT,
                ByteBuffer.allocate(0),
                OutputFormat.JSON,
                null,
                timeout,
                "identity",
                version);
    }

    private static ResultKey key(String sql) {
        return key("ann", sql, null, "1");
    }

    private ResultCache.Turn turnOf(ResultKey key) {
        return switch (cache.find(key)) {
            case ResultCache.Miss(ResultCache.Turn turn) -> turn;
            case ResultCache.Hit _, ResultCache.TooLarge _ -> throw new AssertionError(key.sql() + " is there");
        };
    }

    @Test
    void nobodySharesWithAnotherCallerTimeoutOrVersion() {
        ResultCache.Turn turn = turnOf(key("s"));
        cache.keep(turn, new KeptAnswer(new byte[1], "\"t\""));
        assertThat(cache.find(key("s"))).isInstanceOf(ResultCache.Hit.class);
        assertThat(cache.find(key("bob", "s", null, "1"))).isInstanceOf(ResultCache.Miss.class);
        assertThat(cache.find(key("ann", "s", Duration.ofMillis(1), "1"))).isInstanceOf(ResultCache.Miss.class);
        assertThat(cache.find(key("ann", "s", null, "2"))).isInstanceOf(ResultCache.Miss.class);
    }

    @Test
    void aCancelIsNotForThoseWhoWaitAndNoFailureIsKept() throws Exception {
        ResultCache.Turn failing = turnOf(key("s"));
        CompletableFuture<ResultCache.Found> waiting = CompletableFuture.supplyAsync(() -> cache.find(key("s")));
        cache.giveUp(failing, new ServiceException(ErrorCode.CANCELLED, "the client has gone"));
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isInstanceOf(ResultCache.Miss.class);

        ResultCache.Turn wrong = turnOf(key("w"));
        cache.giveUp(wrong, new ServiceException(ErrorCode.INVALID_VALUE, "7 does not fit"));
        assertThat(cache.find(key("w"))).as("a failure is not kept").isInstanceOf(ResultCache.Miss.class);
    }

    @Test
    void allEntriesAreWithinTheBytes() {
        for (int i = 0; i < 20; i++) {
            cache.keep(turnOf(key("s" + i)), new KeptAnswer(new byte[ENTRY], "\"t\""));
            assertThat(cache.stats().bytes()).isLessThanOrEqualTo(4L * ENTRY);
        }
        assertThat(cache.stats().entries()).isBetween(1L, 3L);
        cache.keep(turnOf(key("large")), new KeptAnswer(new byte[5 * ENTRY], "\"t\""));
        assertThat(cache.find(key("large"))).isInstanceOf(ResultCache.Miss.class);
    }
}
