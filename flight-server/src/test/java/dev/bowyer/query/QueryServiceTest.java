package dev.bowyer.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.access.Caller;
import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.admission.AdmissionLimits;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.engine.Statement;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class QueryServiceTest {
    private static final Caller ANN = new Caller("ann");
    private static final QueryRequest NUMBERS = sql("SELECT n FROM numbers");

    private final ScriptedEngine engine = new ScriptedEngine()
            .script(NUMBERS.sql(), new ScriptedEngine.Rows(3), new ScriptedEngine.Rows(4))
            .script(
                    "SELECT 1 FROM numbers",
                    new ScriptedEngine.Rows(1),
                    new ScriptedEngine.Fail(new ServiceException(ErrorCode.INVALID_VALUE, "overflow")));
    private final Catalog catalog = new Catalog(engine);
    private final List<QueryEvent> events = new CopyOnWriteArrayList<>();
    private final AdmissionControl admission =
            AdmissionControl.of(new AdmissionLimits(8, 8, 1, Duration.ofSeconds(30)));
    private final QueryService queries =
            new QueryService(catalog, engine, ExecutionLimits.NONE, admission, events::add);

    @BeforeEach
    void register() {
        catalog.register(
                new DatasetName("public", "numbers"),
                new Source.Files("numbers.parquet", null, null, Source.CsvOptions.DEFAULT));
    }

    @AfterEach
    void nothingIsLeft() {
        queries.close();
        assertThat(engine.stats().handles()).isZero();
        assertThat(queries.running().all()).isEmpty();
        assertThat(admission.running()).isZero();
        assertThat(admission.queued()).isZero();
    }

    @Test
    void anAnnouncedQueryRunsUnderItsIdAndEndsOnce() {
        PlannedQuery announced = queries.announce(NUMBERS, 1);
        try (Query query = queries.run(announced.part(0), () -> {})) {
            assertThat(query.id()).isEqualTo(announced.id());
            assertThat(query.schema()).isEqualTo(announced.schema());
            assertThat(queries.running().all()).containsExactly(query);
            assertThat(drain(query)).isEqualTo(7);
        }
        assertThat(events)
                .extracting(event -> event.getClass().getSimpleName())
                .containsExactly("Planned", "Begun", "Admitted", "FirstBatch", "Ended");
        assertThat(events).allMatch(event -> event.query().id().equals(announced.id()));
        assertThat(events).last().isInstanceOfSatisfying(QueryEvent.Ended.class, ended -> {
            assertThat(ended.outcome()).isEqualTo(new QueryEvent.Finished());
            assertThat(ended.metrics().rows()).isEqualTo(7);
        });
    }

    @Test
    void aFailingRunIsTold() {
        try (Query query = queries.run(sql("SELECT 1 FROM numbers"), () -> {})) {
            assertThatThrownBy(() -> drain(query)).hasMessage("overflow");
            assertThatThrownBy(() -> drain(query)).hasMessage("overflow");
        }
        assertThat(events)
                .last()
                .isInstanceOfSatisfying(
                        QueryEvent.Ended.class,
                        ended -> assertThat(ended.outcome()).isInstanceOf(QueryEvent.Failed.class));
    }

    @Test
    void aStatementThatDoesNotPlanIsTold() {
        assertThatThrownBy(() -> queries.announce(sql("SELECT"), 1)).isInstanceOf(ServiceException.class);
        assertThatThrownBy(() -> queries.announce(scan("numberz"), 1)).hasMessageContaining("numberz");
        assertThat(events).hasSize(2).allMatch(event -> event instanceof QueryEvent.Ended);
    }

    @Test
    void aCloseInTheMiddleIsAbandoned() {
        queries.run(NUMBERS, () -> {}).close();
        assertThat(events)
                .last()
                .isInstanceOfSatisfying(
                        QueryEvent.Ended.class,
                        ended -> assertThat(ended.outcome()).isEqualTo(new QueryEvent.Abandoned()));
    }

    @Test
    void cancelStopsWhatRunsAndForgetsWhatWaits() {
        PlannedQuery announced = queries.announce(NUMBERS, 1);
        try (Query query = queries.run(announced.part(0), () -> {})) {
            queries.cancel(ANN, announced.id());
            assertThatThrownBy(query::next)
                    .isInstanceOfSatisfying(
                            ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
        }
        assertThatThrownBy(() -> queries.cancel(ANN, announced.id())).hasMessageContaining(announced.id());
    }

    @Test
    void aQueryThatHasEndedIsNotFoundByACancel() {
        PlannedQuery announced = queries.announce(NUMBERS, 1);
        try (Query query = queries.run(announced.part(0), () -> {})) {
            assertThat(drain(query)).isEqualTo(7);
        }
        assertThatThrownBy(() -> queries.cancel(ANN, announced.id()))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.QUERY_NOT_FOUND));
    }

    @Test
    void aCancelledTicketStaysCancelled() {
        PlannedQuery announced = queries.announce(NUMBERS, 1);
        queries.cancel(ANN, announced.id());
        assertThat(engine.stats().handles()).isZero();
        assertThatThrownBy(() -> queries.run(announced.part(0), () -> {}))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
        assertThat(engine.planned()).isEqualTo(1);
    }

    @Test
    void aPollThatIsCancelledIsNeverReady() {
        ScriptedEngine.Gate gate = new ScriptedEngine.Gate();
        engine.script("SELECT slow FROM numbers", new ScriptedEngine.Stall(gate), new ScriptedEngine.Rows(1));
        PlannedQuery announced = queries.announce(sql("SELECT slow FROM numbers"), 1);
        var first = queries.poll(announced.part(0), Duration.ofSeconds(10));
        var second = queries.poll(announced.part(0), Duration.ofSeconds(10));
        queries.cancel(ANN, announced.id());
        for (var poll : List.of(first, second)) {
            assertThatThrownBy(() -> poll.orTimeout(5, TimeUnit.SECONDS).join())
                    .hasCauseInstanceOf(ServiceException.class)
                    .hasMessageContaining("cancelled");
        }
        gate.open();
    }

    @Test
    void everyPollOfAFailedQueryHearsOfIt() {
        ScriptedEngine.Gate gate = new ScriptedEngine.Gate();
        ServiceException overflow = new ServiceException(ErrorCode.INVALID_VALUE, "overflow");
        engine.script("SELECT bad FROM numbers", new ScriptedEngine.Stall(gate), new ScriptedEngine.Fail(overflow));
        PlannedQuery announced = queries.announce(sql("SELECT bad FROM numbers"), 1);
        var first = queries.poll(announced.part(0), Duration.ofSeconds(10));
        var second = queries.poll(announced.part(0), Duration.ofSeconds(10));
        gate.open();
        for (var poll : List.of(first, second)) {
            assertThatThrownBy(() -> poll.orTimeout(5, TimeUnit.SECONDS).join()).hasMessageContaining("overflow");
        }
        assertThat(queries.running().all()).isEmpty();
    }

    @Test
    void aPreparedPlanOutlivesChangesElsewhereAndIsFreedWhenItsFilesAreGone() {
        QueryRequest prepared = queries.prepare(NUMBERS).request();
        catalog.register(
                new DatasetName("public", "others"),
                new Source.Files("others.parquet", null, null, Source.CsvOptions.DEFAULT));
        queries.closePrepared("never was");
        run(queries.announce(prepared, 1));
        assertThat(engine.planned()).isEqualTo(1);
        engine.replaceFiles(9);
        run(queries.announce(prepared, 1));
        assertThat(engine.planned()).isEqualTo(2);
    }

    @Test
    void anotherCallersQueryCannotBeCancelled() {
        PlannedQuery announced = queries.announce(NUMBERS, 1);
        assertThatThrownBy(() -> queries.cancel(new Caller("bob"), announced.id()))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.PERMISSION_DENIED));
        try (Query query = queries.run(announced.part(0), () -> {})) {
            assertThatThrownBy(() -> queries.cancel(new Caller("bob"), announced.id()))
                    .hasMessageContaining("bob");
            assertThat(drain(query)).isEqualTo(7);
        }
    }

    @Test
    void aCancelWhileARunIsBeingPlannedStopsIt() {
        PlannedQuery announced = queries.announce(NUMBERS, 1);
        queries.close();
        engine.whilePlanning(() -> queries.cancel(ANN, announced.id()));
        try (Query query = queries.run(announced.part(0), () -> {})) {
            assertThatThrownBy(query::next)
                    .isInstanceOfSatisfying(
                            ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.CANCELLED));
        }
    }

    @Test
    void plansThatHaveRunPushNoneOutThatWaits() {
        for (int i = 0; i < PlannedQueries.MAX_PLANS; i++) {
            run(queries.announce(NUMBERS, 1));
        }
        List<PlannedQuery> waiting = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            waiting.add(queries.announce(NUMBERS, 1));
        }
        waiting.forEach(this::run);
        assertThat(engine.planned()).isEqualTo(PlannedQueries.MAX_PLANS + 100);
    }

    @Test
    void aRunWhoseMetricsFailIsClosedAndTold() {
        AtomicBoolean freed = new AtomicBoolean();
        List<QueryEvent> ended = new ArrayList<>();
        Query query = new Query(
                new Query.Begin(new QueryIdentity("id", "SELECT", "ann", Origin.FLIGHT), 0),
                ScriptedEngine.SCHEMA,
                "data",
                new NoMetrics(freed),
                CompletableFuture.completedFuture(null),
                ended::add);
        assertThatThrownBy(query::close).hasMessage("metrics");
        query.close();
        assertThat(freed).isTrue();
        assertThat(ended).hasSize(1);
    }

    @Test
    void anotherReplicasQueryIsPlannedAgainUnlessItsSchemaWasAnother() {
        PlannedQuery announced = queries.announce(NUMBERS, 1);
        queries.close();
        try (Query query = queries.run(announced.part(0), () -> {})) {
            assertThat(drain(query)).isEqualTo(7);
        }
        assertThatThrownBy(() ->
                        queries.run(new Announcement("0123456789abcdef", NUMBERS, 0, 1, "", 1, Map.of()), () -> {}))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_CHANGED));
    }

    @Test
    void aPlanLivesAsLongAsOneHoldsIt() {
        SharedPlan plan = new SharedPlan(engine.plan(catalog.current(), NUMBERS.statement(), PlanOptions.DEFAULT));
        assertThat(plan.hold()).isTrue();
        plan.release();
        assertThat(engine.stats().handles()).isEqualTo(1);
        plan.release();
        assertThat(engine.stats().handles()).isZero();
        assertThat(plan.hold()).isFalse();
    }

    private static QueryRequest sql(String sql) {
        return QueryRequest.of(ANN, new Statement.Sql(sql), PlanOptions.DEFAULT);
    }

    private static QueryRequest scan(String table) {
        return QueryRequest.of(ANN, Statement.Scan.of(new DatasetName("public", table)), PlanOptions.DEFAULT);
    }

    private void run(PlannedQuery announced) {
        try (Query query = queries.run(announced.part(0), () -> {})) {
            assertThat(drain(query)).isEqualTo(7);
        }
    }

    private static long drain(Query query) {
        long rows = 0;
        while (query.next() instanceof BatchStream.Message message) {
            rows += message.rows();
            message.release();
        }
        return rows;
    }

    private record NoMetrics(AtomicBoolean freed) implements BatchStream {
        @Override
        public Next next() {
            return End.INSTANCE;
        }

        @Override
        public void cancel() {}

        @Override
        public QueryMetrics metrics() {
            throw new IllegalStateException("metrics");
        }

        @Override
        public void close() {
            freed.set(true);
        }
    }
}
