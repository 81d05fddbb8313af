package dev.bowyer.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.access.Caller;
import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.admission.AdmissionLimits;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.engine.Statement;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Queries that have to wait for their turn: one runs, and one waits.
@Timeout(60)
final class AdmittedQueriesTest {
    private static final Caller ANN = new Caller("ann");
    private static final QueryRequest NUMBERS =
            QueryRequest.of(ANN, new Statement.Sql("SELECT n FROM numbers"), PlanOptions.DEFAULT);

    private final ScriptedEngine engine = new ScriptedEngine().script(NUMBERS.sql(), new ScriptedEngine.Rows(3));
    private final Catalog catalog = new Catalog(engine);
    private final List<QueryEvent> events = new CopyOnWriteArrayList<>();
    private final RecentQueries recent = new RecentQueries();
    private final AdmissionControl admission =
            AdmissionControl.of(new AdmissionLimits(1, 1, 1, Duration.ofSeconds(30)));
    private final QueryService queries = new QueryService(catalog, engine, ExecutionLimits.NONE, admission, event -> {
        events.add(event);
        recent.on(event);
    });

    @BeforeEach
    void register() {
        catalog.register(
                new DatasetName("public", "numbers"),
                new Source.Files("numbers.parquet", null, null, Source.CsvOptions.DEFAULT));
    }

    @AfterEach
    void nothingIsLeft() {
        queries.close();
        await().untilAsserted(() -> {
            assertThat(engine.stats().handles()).isZero();
            assertThat(engine.stats().activeQueries()).isZero();
            assertThat(queries.running().all()).isEmpty();
            assertThat(admission.running()).isZero();
            assertThat(admission.queued()).isZero();
        });
    }

    @Test
    void theNextBeginsWhenTheFirstIsClosedAndTellsHowLongItWaited() {
        Query first = queries.run(NUMBERS, () -> {});
        CompletableFuture<Void> ready = new CompletableFuture<>();
        try (Query second = queries.start(NUMBERS, () -> ready.complete(null))) {
            assertThat(second.next()).isInstanceOf(BatchStream.Pending.class);
            assertThat(second.turn()).isNotDone();
            assertThat(engine.stats().activeQueries()).isEqualTo(1);
            first.close();
            ready.orTimeout(5, TimeUnit.SECONDS).join();
            assertThat(drain(second)).isEqualTo(3);
        }
        assertThat(events)
                .filteredOn(event -> event instanceof QueryEvent.Admitted)
                .hasSize(2)
                .last()
                .isInstanceOfSatisfying(
                        QueryEvent.Admitted.class,
                        admitted -> assertThat(admitted.waited()).isPositive());
    }

    @Test
    void whatWaitsWithItsPlanAtHandIsShownAsQueued() {
        Announcement announced = queries.announce(NUMBERS, 1).part(0);
        try (Query first = queries.run(NUMBERS, () -> {});
                Query second = queries.start(announced, () -> {})) {
            assertThat(second.turn()).isNotDone();
            assertThat(recent.find(first.id(), queries.running()))
                    .hasValueSatisfying(report -> assertThat(report.phase()).isEqualTo(RecentQueries.Phase.RUNNING));
            assertThat(recent.find(second.id(), queries.running()))
                    .hasValueSatisfying(report -> assertThat(report.phase()).isEqualTo(RecentQueries.Phase.QUEUED));
        }
    }

    @Test
    void queriesThatNobodyFetchesLeaveHalfOfTheSlotsToOthers() {
        AdmissionControl four = AdmissionControl.of(new AdmissionLimits(4, 4, 0, Duration.ofSeconds(30)));
        try (QueryService polled = new QueryService(catalog, engine, ExecutionLimits.NONE, four, events::add)) {
            for (int i = 0; i < 2; i++) {
                polled.poll(polled.announce(NUMBERS, 1).part(0), Duration.ofSeconds(5))
                        .join();
            }
            Announcement third = polled.announce(NUMBERS, 1).part(0);
            assertThatThrownBy(() -> polled.poll(third, Duration.ZERO)).hasMessageContaining("started-queries: 2");
            try (Query fetched = polled.start(third, () -> {})) {
                assertThat(drain(fetched)).isEqualTo(3);
            }
        }
        assertThat(four.running()).isZero();
    }

    @Test
    void runWaitsForItsTurn() {
        Query first = queries.run(NUMBERS, () -> {});
        CompletableFuture<Long> second = CompletableFuture.supplyAsync(() -> {
            try (Query query = queries.run(NUMBERS, () -> {})) {
                return drain(query);
            }
        });
        await().until(() -> admission.queued() == 1);
        first.close();
        assertThat(second.orTimeout(5, TimeUnit.SECONDS).join()).isEqualTo(3);
    }

    @Test
    void oneTooManyIsRefusedAndEndsOnce() {
        try (Query _ = queries.run(NUMBERS, () -> {});
                Query _ = queries.start(NUMBERS, () -> {})) {
            assertThatThrownBy(() -> queries.start(NUMBERS, () -> {}))
                    .isInstanceOfSatisfying(ServiceException.class, e -> {
                        assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_REACHED);
                        assertThat(e.retryAfter()).isNotNull();
                        assertThat(e.queryId()).isNotNull();
                    });
        }
        assertThat(events)
                .filteredOn(event -> event instanceof QueryEvent.Begun)
                .hasSize(3);
        assertThat(events)
                .filteredOn(event -> event instanceof QueryEvent.Ended)
                .hasSize(3);
        assertThat(events)
                .filteredOn(event -> event instanceof QueryEvent.Admitted)
                .hasSize(1);
    }

    @Test
    void aCancelTakesWhatWaitsOutOfTheQueue() {
        PlannedQuery announced = queries.announce(NUMBERS, 1);
        try (Query _ = queries.run(NUMBERS, () -> {});
                Query second = queries.start(announced.part(0), () -> {})) {
            queries.cancel(ANN, announced.id());
            assertThat(admission.queued()).isZero();
            await().untilAsserted(() -> assertThatThrownBy(second::next).hasMessageContaining("cancelled"));
        }
    }

    @Test
    void aPollOfAQueryThatWaitsSaysSo() {
        PlannedQuery announced = queries.announce(NUMBERS, 1);
        Query first = queries.run(NUMBERS, () -> {});
        QueryService.Progress waits = queries.poll(announced.part(0), Duration.ofMillis(1))
                .orTimeout(5, TimeUnit.SECONDS)
                .join();
        assertThat(waits.isReady()).isFalse();
        assertThat(waits.share()).isEqualTo(-1);
        assertThat(waits.schema()).isEqualTo(announced.schema());
        first.close();
        QueryService.Progress ready = queries.poll(announced.part(0), Duration.ofSeconds(5))
                .orTimeout(5, TimeUnit.SECONDS)
                .join();
        assertThat(ready.isReady()).isTrue();
        try (Query query = queries.run(announced.part(0), () -> {})) {
            assertThat(drain(query)).isEqualTo(3);
        }
    }

    @Test
    void aServerThatStopsRefusesWhatWaitsAndLetsTheRestGoOn() {
        try (Query first = queries.run(NUMBERS, () -> {});
                Query second = queries.start(NUMBERS, () -> {})) {
            queries.refuse();
            await().untilAsserted(() -> assertThatThrownBy(second::next)
                    .isInstanceOfSatisfying(
                            ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.UNAVAILABLE)));
            assertThat(drain(first)).isEqualTo(3);
        }
    }

    @Test
    void whatIsStoppedFailsWithTheReason() {
        ScriptedEngine.Gate gate = new ScriptedEngine.Gate();
        engine.script("SELECT slow FROM numbers", new ScriptedEngine.Stall(gate));
        QueryRequest slow = QueryRequest.of(ANN, new Statement.Sql("SELECT slow FROM numbers"), PlanOptions.DEFAULT);
        try (Query query = queries.run(slow, () -> {})) {
            queries.stop(new ServiceException(ErrorCode.UNAVAILABLE, "the server is stopping"));
            assertThatThrownBy(query::next).hasMessage("the server is stopping");
        }
        assertThat(events)
                .last()
                .isInstanceOfSatisfying(
                        QueryEvent.Ended.class,
                        ended -> assertThat(ended.outcome())
                                .isInstanceOfSatisfying(
                                        QueryEvent.Failed.class,
                                        failed -> assertThat(failed.error().code())
                                                .isEqualTo(ErrorCode.UNAVAILABLE)));
    }

    /// Starts, reads, cancels and closes in any order, on a service where most have to wait.
    @Test
    void noOrderOfEventsLosesASlot() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            List<Query> open = new ArrayList<>();
            for (int step = 0; step < 30; step++) {
                switch (random.nextInt(4)) {
                    case 0, 1 -> {
                        try {
                            open.add(queries.start(NUMBERS, () -> {}));
                        } catch (ServiceException e) {
                            assertThat(e.code()).isEqualTo(ErrorCode.LIMIT_REACHED);
                        }
                    }
                    case 2 -> {
                        if (!open.isEmpty()) {
                            open.get(random.nextInt(open.size())).cancel();
                        }
                    }
                    default -> {
                        if (!open.isEmpty()) {
                            open.remove(random.nextInt(open.size())).close();
                        }
                    }
                }
            }
            open.forEach(Query::close);
            assertThat(admission.running()).as("seed %d", seed).isZero();
            assertThat(admission.queued()).as("seed %d", seed).isZero();
        }
        long begun = events.stream()
                .filter(event -> event instanceof QueryEvent.Begun)
                .count();
        await().untilAsserted(() -> assertThat(events.stream()
                        .filter(event -> event instanceof QueryEvent.Ended)
                        .count())
                .isEqualTo(begun));
    }

    private static long drain(Query query) {
        long rows = 0;
        while (query.next() instanceof BatchStream.Message message) {
            rows += message.rows();
            message.release();
        }
        return rows;
    }
}
