package dev.bowyer.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.engine.RunOptions;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.engine.Statement;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is remembered between two calls of a client, and for how long.
final class StoresTest {
    private static final Statement NUMBERS = new Statement.Sql("SELECT n FROM numbers");
    private static final int MAX_STARTED = 8;

    private final AtomicLong now = new AtomicLong();
    private final ScriptedEngine engine = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(2, 3));
    private final Catalog catalog = new Catalog(engine);
    private final PreparedStatements prepared = new PreparedStatements(now::get);
    private final StartedQueries started = new StartedQueries(now::get, 2 * MAX_STARTED);

    @BeforeEach
    void register() {
        catalog.register(
                new DatasetName("public", "numbers"),
                new Source.Files("numbers.parquet", null, null, Source.CsvOptions.DEFAULT));
    }

    @AfterEach
    void nothingIsLeft() {
        prepared.close();
        started.close();
        assertThat(engine.stats().handles()).isZero();
    }

    @Test
    void aPlanIsKeptUntilItLiesIdle() {
        keep("a");
        keep("b");
        now.addAndGet(PreparedStatements.IDLE.toNanos() - 1);
        assertThat(isHere("a")).isTrue();
        now.addAndGet(2);
        assertThat(isHere("b")).isFalse();
        assertThat(isHere("a")).isTrue();
    }

    @Test
    void theOldestMakesRoom() {
        for (int i = 0; i <= PreparedStatements.MAX_STATEMENTS; i++) {
            keep("statement" + i);
        }
        assertThat(isHere("statement0")).isFalse();
        assertThat(isHere("statement1")).isTrue();
        assertThat(engine.stats().handles()).isEqualTo(PreparedStatements.MAX_STATEMENTS);
    }

    @Test
    void aNewPlanTakesThePlaceOfTheOldAndKeepsTheValues() {
        keep("a");
        prepared.bound("a", new byte[] {1});
        keep("a");
        assertThat(engine.stats().handles()).isEqualTo(1);
        assertThat(prepared.parameters("a")).containsExactly(1);
        assertThat(prepared.parameters("b")).isNull();
    }

    @Test
    void theValuesOfAllStatementsHaveALimit() {
        byte[] half = new byte[(int) (PreparedStatements.MAX_VALUE_BYTES / 2)];
        for (String id : List.of("a", "b", "c")) {
            prepared.bound(id, half);
        }
        assertThat(prepared.parameters("a")).isNull();
        assertThat(prepared.parameters("b")).isSameAs(half);
        assertThat(prepared.parameters("c")).isSameAs(half);
    }

    @Test
    void aClosedStatementStaysClosed() {
        keep("a");
        prepared.forget("a");
        prepared.forget("a");
        assertThat(engine.stats().handles()).isZero();
        keep("a");
        prepared.bound("a", new byte[] {1});
        assertThat(engine.stats().handles()).isZero();
        assertThatThrownBy(() -> isHere("a"))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_NOT_FOUND));
    }

    @Test
    void aQueryThatNobodyFetchesIsEnded() {
        started.put("a", start("a"));
        now.addAndGet(StartedQueries.IDLE.toNanos() - 1);
        started.sweep();
        assertThat(started.find("a")).isNotNull();
        now.addAndGet(StartedQueries.IDLE.toNanos() - 1);
        started.sweep();
        assertThat(engine.stats().activeQueries()).isEqualTo(1);
        now.addAndGet(1);
        started.sweep();
        assertThat(engine.stats().activeQueries()).isZero();
        assertThat(started.take("a")).isNull();
    }

    @Test
    void queriesThatWaitAreFew() {
        for (int i = 0; i < MAX_STARTED; i++) {
            started.requireRoom();
            started.put("a" + i, start("a" + i));
        }
        assertThatThrownBy(started::requireRoom)
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_REACHED));
        Objects.requireNonNull(started.take("a0")).end();
        started.requireRoom();
        started.put("a1", start("a1"));
        assertThat(engine.stats().activeQueries()).isEqualTo(MAX_STARTED - 1);
    }

    @Test
    void whatWasReadAheadIsTheFirstThatIsRead() {
        StartedQueries.Started query = start("a");
        query.stream().settled().orTimeout(5, TimeUnit.SECONDS).join();
        assertThat(query.stream().settled().join()).isEqualTo(new Prefetch.Settled.Ready());
        query.stream().readBy(() -> {});
        long rows = 0;
        try (Query reading = query.query()) {
            BatchStream.Next next = reading.next();
            while (!(next instanceof BatchStream.End)) {
                if (next instanceof BatchStream.Message message) {
                    rows += message.rows();
                    message.release();
                }
                next = reading.next();
            }
            assertThat(rows).isEqualTo(6);
        }
    }

    private void keep(String id) {
        SharedPlan plan = new SharedPlan(engine.plan(catalog.current(), NUMBERS, PlanOptions.DEFAULT));
        CatalogSnapshot snapshot = catalog.current();
        prepared.keep(id, new Planner.Planned(plan, snapshot, List.of(), List.of(), true, null));
        plan.release();
    }

    private boolean isHere(String id) {
        Planner.Planned found = prepared.find(id);
        if (found == null) {
            return false;
        }
        found.plan().release();
        return true;
    }

    private StartedQueries.Started start(String id) {
        Prefetch stream = new Prefetch(Runnable::run);
        ReadyListener ready = stream::streamReady;
        try (Plan plan = engine.plan(catalog.current(), NUMBERS, PlanOptions.DEFAULT)) {
            stream.attach(engine.execute(plan, RunOptions.of(new ExecutionLimits(0, Duration.ZERO)), ready));
        }
        Query.Begin begin = new Query.Begin(new QueryIdentity(id, NUMBERS.sql(), "ann", Origin.FLIGHT), 0);
        CompletableFuture<Void> turn = CompletableFuture.completedFuture(null);
        return new StartedQueries.Started(
                new Query(begin, ScriptedEngine.SCHEMA, "data", stream, turn, _ -> {}), stream);
    }
}
