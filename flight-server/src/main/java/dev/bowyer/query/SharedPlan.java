package dev.bowyer.query;

import dev.bowyer.engine.Plan;
import java.util.concurrent.atomic.AtomicInteger;

/// A plan with several holders: the store that keeps it, and every run that is just starting. Closed by the
/// last of them, so that an eviction never takes a plan away under a starting run. Born with one holder.
final class SharedPlan {
    private final Plan plan;
    private final AtomicInteger holders = new AtomicInteger(1);

    SharedPlan(Plan plan) {
        this.plan = plan;
    }

    /// To be used by a holder only.
    Plan plan() {
        return plan;
    }

    /// @return false if the plan is closed already; true obliges the caller to [#release]
    boolean hold() {
        int now = holders.get();
        while (now > 0) {
            if (holders.compareAndSet(now, now + 1)) {
                return true;
            }
            now = holders.get();
        }
        return false;
    }

    void release() {
        if (holders.decrementAndGet() == 0) {
            plan.close();
        }
    }
}
