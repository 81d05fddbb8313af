package dev.bowyer.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.access.Caller;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PlannedQueriesTest {
    private final AtomicLong now = new AtomicLong();
    private final AtomicInteger open = new AtomicInteger();
    private final PlannedQueries plans = new PlannedQueries(now::get);

    @Test
    void plansThatHaveRunMakeRoomForThoseThatWait() {
        put("oldest");
        for (int i = 0; i < 2 * PlannedQueries.MAX_PLANS; i++) {
            put("run" + i);
            assertThat(runs("run" + i)).isTrue();
        }
        assertThat(runs("oldest")).isTrue();
        assertThat(open).hasValue(PlannedQueries.MAX_PLANS);
    }

    @Test
    void whenAllWaitTheOldestGoes() {
        for (int i = 0; i <= PlannedQueries.MAX_PLANS; i++) {
            put("waits" + i);
        }
        assertThat(runs("waits0")).isFalse();
        assertThat(runs("waits1")).isTrue();
        assertThat(runs("waits" + PlannedQueries.MAX_PLANS)).isTrue();
        assertThat(open).hasValue(PlannedQueries.MAX_PLANS);
    }

    @Test
    void aPlanIsFreedSoonAfterItsFirstRunThoughItRunsAgain() {
        put("a");
        assertThat(runs("a")).isTrue();
        now.addAndGet(PlannedQueries.REPEAT.toNanos() - 1);
        assertThat(runs("a")).isTrue();
        now.addAndGet(1);
        plans.sweep();
        assertThat(open).hasValue(0);
        assertThat(runs("a")).isFalse();
    }

    @Test
    void aPlanThatNeverRunsIsFreedInTheEnd() {
        put("a");
        now.addAndGet(PlannedQueries.WAIT.toNanos() - 1);
        plans.sweep();
        assertThat(open).hasValue(1);
        now.addAndGet(1);
        plans.sweep();
        assertThat(open).hasValue(0);
    }

    @Test
    void onlyWhatStillWaitsCountsAsForgotten() {
        put("waits");
        put("ran");
        assertThat(runs("ran")).isTrue();
        assertThat(plans.forget("waits")).isTrue();
        assertThat(plans.forget("ran")).isFalse();
        assertThat(runs("waits")).isFalse();
        assertThat(runs("ran")).isFalse();
        assertThat(open).hasValue(0);
    }

    @Test
    void aPlanInPartsWaitsForAllOfThem() {
        put("a", 3);
        for (int part = 0; part < 3; part++) {
            assertThat(runs("a", part)).isTrue();
            now.addAndGet(PlannedQueries.REPEAT.toNanos() - 1);
            assertThat(runs("a", 0)).isTrue();
        }
        assertThat(plans.callerOf("a")).isEqualTo("ann");
        assertThat(plans.forget("a")).isFalse();
        assertThat(plans.callerOf("a")).isNull();
        assertThat(open).hasValue(0);
    }

    private void put(String id) {
        put(id, 1);
    }

    private void put(String id, int parts) {
        QueryRequest request = QueryRequest.of(new Caller("ann"), new Statement.Sql("SELECT"), PlanOptions.DEFAULT);
        open.incrementAndGet();
        Schema none = new Schema(List.of());
        plans.put(
                new PlannedQuery(id, request, none, none, "", true, parts, Map.of(), null),
                new SharedPlan(new CountedPlan(open)));
    }

    private boolean runs(String id) {
        return runs(id, 0);
    }

    private boolean runs(String id, int part) {
        @Nullable SharedPlan plan = plans.find(id, part);
        if (plan == null) {
            return false;
        }
        plan.release();
        return true;
    }

    private record CountedPlan(AtomicInteger open) implements Plan {
        @Override
        public Schema schema() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Schema parameters() {
            throw new UnsupportedOperationException();
        }

        @Override
        public String dataVersion() {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isRepeatable() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int parts(int wanted) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] bind(byte[] ipcStream) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            open.decrementAndGet();
        }
    }
}
