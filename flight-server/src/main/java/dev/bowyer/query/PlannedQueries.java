package dev.bowyer.query;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Scheduler;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Plans that were announced and wait to be run, by query id. Bounded in number and time, because many are
/// never fetched; whoever comes later is planned again. Each entry pins the data it was planned over.
final class PlannedQueries implements AutoCloseable {
    static final int MAX_PLANS = 1_000;
    static final Duration EXPIRY = Duration.ofMinutes(15);

    private final Cache<String, SharedPlan> plans = Caffeine.newBuilder()
            .maximumSize(MAX_PLANS)
            .expireAfterAccess(EXPIRY)
            .scheduler(Scheduler.systemScheduler())
            .executor(Runnable::run)
            .<String, SharedPlan>removalListener((_, plan, _) -> {
                if (plan != null) {
                    plan.release();
                }
            })
            .build();

    /// Takes over the caller's hold.
    void put(String queryId, SharedPlan plan) {
        plans.put(queryId, plan);
    }

    /// @return the plan, held for the caller, who must release it; null: never here, run too long ago or
    ///     pushed out
    @Nullable
    SharedPlan find(String queryId) {
        SharedPlan plan = plans.getIfPresent(queryId);
        return plan != null && plan.hold() ? plan : null;
    }

    /// @return whether there was one
    boolean forget(String queryId) {
        return plans.asMap().remove(queryId) != null;
    }

    @Override
    public void close() {
        plans.invalidateAll();
        plans.cleanUp();
    }
}
