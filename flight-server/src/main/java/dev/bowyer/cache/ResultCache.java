package dev.bowyer.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Answers by what they depend on, bounded in bytes; those used least go first. An answer that many ask for at once is
/// made once. Thread-safe.
public final class ResultCache {
    private final Cache<ResultKey, KeptAnswer> answers;
    private final ConcurrentMap<ResultKey, CompletableFuture<Made>> making = new ConcurrentHashMap<>();
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();

    /// @param bytes of all entries; 0: nothing is kept, and what is asked for at once is still made once
    public ResultCache(long bytes) {
        this.answers = Caffeine.newBuilder()
                .maximumWeight(bytes)
                .weigher((ResultKey key, KeptAnswer answer) -> answer.body().length + key.bytes())
                // On the thread that adds, so that the bound holds when it returns.
                .executor(Runnable::run)
                .build();
    }

    /// What [#find] found.
    public sealed interface Found {}

    /// The answer.
    public record Hit(KeptAnswer answer) implements Found {}

    /// Nobody has the answer: whoever gets this makes it, and says how that ended, by [#keep] or [#giveUp]. Others
    /// that ask meanwhile wait for it.
    public record Miss(Turn turn) implements Found {}

    /// Somebody found the answer to be too large to keep. This one has to be made too, and for nobody else.
    public record TooLarge() implements Found {}

    /// The duty to make one answer.
    public static final class Turn {
        private final ResultKey key;
        private final CompletableFuture<Made> made = new CompletableFuture<>();

        private Turn(ResultKey key) {
            this.key = key;
        }
    }

    /// @param answer null: too large
    private record Made(@Nullable KeptAnswer answer) {}

    /// Looks, and waits if it is being made.
    ///
    /// @throws ServiceException as making it failed; never CANCELLED, which is the affair of the one who made it
    public Found find(ResultKey key) {
        while (true) {
            KeptAnswer kept = answers.getIfPresent(key);
            if (kept != null) {
                hits.increment();
                return new Hit(kept);
            }
            Turn turn = new Turn(key);
            CompletableFuture<Made> other = making.putIfAbsent(key, turn.made);
            if (other == null) {
                misses.increment();
                return new Miss(turn);
            }
            Found joined = joined(other);
            if (joined != null) {
                return joined;
            }
        }
    }

    /// @return null: it was given up for no fault of the answer, so that somebody else has to make it
    private @Nullable Found joined(CompletableFuture<Made> other) {
        try {
            KeptAnswer answer = other.join().answer();
            if (answer == null) {
                misses.increment();
                return new TooLarge();
            }
            hits.increment();
            return new Hit(answer);
        } catch (CompletionException e) {
            if (e.getCause() instanceof ServiceException failure && failure.code() != ErrorCode.CANCELLED) {
                throw failure;
            }
            return null;
        }
    }

    /// @param answer null: it is too large to keep
    public void keep(Turn turn, @Nullable KeptAnswer answer) {
        if (answer != null) {
            answers.put(turn.key, answer);
        }
        making.remove(turn.key, turn.made);
        turn.made.complete(new Made(answer));
    }

    /// It was not made. Without effect after [#keep].
    public void giveUp(Turn turn, Throwable failure) {
        making.remove(turn.key, turn.made);
        turn.made.completeExceptionally(failure);
    }

    public ResultCacheStats stats() {
        long bytes = answers.policy()
                .eviction()
                .map(bound -> bound.weightedSize().orElse(0))
                .orElse(0L);
        return new ResultCacheStats(hits.sum(), misses.sum(), bytes, answers.estimatedSize());
    }
}
