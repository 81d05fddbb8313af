package dev.bowyer.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.engine.BatchStream.End;
import dev.bowyer.engine.BatchStream.Message;
import dev.bowyer.engine.BatchStream.Pending;
import dev.bowyer.error.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What every [QueryEngine] must do: what [PlanContract] says of plans, and here the runs.
public abstract class QueryEngineContract extends PlanContract {
    private static final int PARALLEL_RUNS = 4;
    private static final int RACES = 100;

    @Test
    void rowsArriveAsMessagesOfThePlansSchema() {
        try (Plan plan = plan(severalMessages());
                Run run = run(plan)) {
            long rows = 0;
            int messages = 0;
            while (run.puller().await(run.stream()) instanceof Message message) {
                assertThat(DecodedBatch.of(message, plan.schema(), VectorSchemaRoot::getRowCount))
                        .isEqualTo((int) message.rows());
                assertThat(message.header().isDirect()).isTrue();
                assertThat(message.header().isReadOnly()).isTrue();
                assertThat(message.body()).allMatch(part -> part.isDirect() && part.isReadOnly());
                assertThat(message.body().stream()
                                .mapToLong(part -> part.remaining())
                                .sum())
                        .isEqualTo(message.bodyBytes());
                rows += message.rows();
                messages++;
                message.release();
            }
            assertThat(rows).isEqualTo(severalRows());
            assertThat(messages).isGreaterThanOrEqualTo(5);
            assertThat(run.stream().next()).isInstanceOf(End.class);
            assertThat(run.stream().metrics().rows()).isEqualTo(rows);
            assertThat(run.stream().metrics().messages()).isEqualTo(messages);
        }
    }

    @Test
    void cancelFromAnotherThreadEndsTheRun() {
        try (Plan plan = plan(severalMessages());
                Run run = run(plan)) {
            release(run.puller().await(run.stream()));
            CompletableFuture.runAsync(run.stream()::cancel).join();
            assertThatThrownBy(() -> run.puller().drain(run.stream())).satisfies(has(ErrorCode.CANCELLED));
            assertThatThrownBy(run.stream()::next).satisfies(has(ErrorCode.CANCELLED));
            run.stream().cancel();
        }
    }

    @Test
    void cancelWhilePendingCallsTheListener() {
        try (Plan plan = plan(stalling());
                Run run = run(plan)) {
            assertThat(run.stream().next()).isInstanceOf(Pending.class);
            CompletableFuture.runAsync(run.stream()::cancel).join();
            run.puller().awaitReady();
            assertThatThrownBy(() -> run.puller().drain(run.stream())).satisfies(has(ErrorCode.CANCELLED));
        }
    }

    @Test
    void failureIsThrownByEveryLaterNext() {
        try (Plan plan = plan(failing());
                Run run = run(plan)) {
            assertThatThrownBy(() -> run.puller().drain(run.stream())).satisfies(has(ErrorCode.INVALID_VALUE));
            assertThatThrownBy(run.stream()::next).satisfies(has(ErrorCode.INVALID_VALUE));
            run.stream().cancel();
            assertThatThrownBy(run.stream()::next).satisfies(has(ErrorCode.INVALID_VALUE));
        }
    }

    @Test
    void closeInTheMiddleReleasesEverything() {
        plan(severalMessages()).close();
        int before = engine.stats().handles();
        Plan plan = plan(severalMessages());
        Run run = run(plan);
        Run stalled = run(plan(stalling()));
        release(run.puller().await(run.stream()));
        assertThat(stalled.stream().next()).isInstanceOf(Pending.class);
        assertThat(engine.stats().activeQueries()).isPositive();

        run.close();
        run.close();
        stalled.close();
        stalled.plan().close();
        plan.close();
        plan.close();

        await().untilAsserted(() -> {
            assertThat(engine.stats().handles()).isEqualTo(before);
            assertThat(engine.stats().activeQueries()).isZero();
        });
    }

    @Test
    void messagesSurviveTheirStreamAndReleaseIsIdempotent() {
        plan(severalMessages()).close();
        int before = engine.stats().handles();
        List<Message> messages = new ArrayList<>();
        Plan plan = plan(severalMessages());
        try (plan;
                Run run = run(plan)) {
            for (int i = 0; i < 2; i++) {
                messages.add((Message) run.puller().await(run.stream()));
            }
        }
        assertThat(engine.stats().handles()).isEqualTo(before + 2);
        for (Message message : messages) {
            assertThat(DecodedBatch.of(message, plan.schema(), VectorSchemaRoot::getRowCount))
                    .isEqualTo((int) message.rows());
            message.release();
            message.release();
        }
        assertThat(engine.stats().handles()).isEqualTo(before);
    }

    @Test
    void streamsOutliveTheirPlan() {
        Plan plan = plan(severalMessages());
        try (Run run = run(plan)) {
            plan.close();
            assertThat(run.puller().drain(run.stream())).isEqualTo(severalRows());
        }
    }

    @Test
    void plansOutliveTheirDataset() {
        try (Plan plan = plan(severalMessages())) {
            catalog.drop(NUMBERS);
            try (Run run = run(plan)) {
                assertThat(run.puller().drain(run.stream())).isEqualTo(severalRows());
            }
        }
    }

    @Test
    void onePlanRunsManyTimesAtOnce() throws Exception {
        try (Plan plan = plan(severalMessages());
                ExecutorService threads = Executors.newFixedThreadPool(PARALLEL_RUNS)) {
            List<Future<Long>> runs = new ArrayList<>();
            for (int i = 0; i < PARALLEL_RUNS; i++) {
                runs.add(threads.submit(() -> {
                    try (Run run = run(plan)) {
                        return run.puller().drain(run.stream());
                    }
                }));
            }
            for (Future<Long> run : runs) {
                assertThat(run.get()).isEqualTo(severalRows());
            }
        }
    }

    @Test
    void cancelAndMetricsMayRaceWithClose() throws Exception {
        try (Plan plan = plan(stalling());
                ExecutorService threads = Executors.newSingleThreadExecutor()) {
            for (int i = 0; i < RACES; i++) {
                Run run = run(plan);
                CountDownLatch started = new CountDownLatch(1);
                Future<?> other = threads.submit(() -> {
                    started.countDown();
                    run.stream().cancel();
                    assertThat(run.stream().metrics().rows()).isZero();
                });
                started.await();
                run.close();
                other.get();
            }
        }
    }

    @Test
    void metricsOutliveTheStream() {
        try (Plan plan = plan(severalMessages())) {
            Run run = run(plan);
            run.puller().drain(run.stream());
            run.close();
            assertThat(run.stream().metrics().rows()).isEqualTo(severalRows());
        }
    }

    @Test
    void closedEngineRefusesAndWhatItGaveOutStillCloses() {
        CatalogSnapshot snapshot = catalog.current();
        Plan plan = plan(stalling());
        Run run = run(plan);
        engine.close();
        engine.close();
        assertThatThrownBy(() -> engine.plan(snapshot, new Statement.Sql(severalMessages()), PlanOptions.DEFAULT))
                .satisfies(has(ErrorCode.UNAVAILABLE));
        run.stream().cancel();
        run.close();
        plan.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"JSON", "NDJSON", "CSV"})
    void aFileComesInChunks(OutputFormat format) {
        try (Plan plan = plan(severalMessages());
                Run run = run(plan, as(format))) {
            StringBuilder file = new StringBuilder();
            long rows = 0;
            while (run.puller().await(run.stream()) instanceof Message message) {
                assertThat(message.header().remaining()).isZero();
                assertThat(message.body()).allMatch(part -> part.isDirect() && part.isReadOnly());
                rows += message.rows();
                file.append(text(message));
                message.release();
            }
            assertThat(rows).isEqualTo(severalRows());
            assertThat(run.stream().metrics().rows()).isEqualTo(rows);
            assertThat(run.stream().metrics().bytes()).isEqualTo(file.length());
            long lines = file.chars().filter(c -> c == '\n').count();
            long objects = Pattern.compile("\\{\"" + column() + "\":")
                    .matcher(file)
                    .results()
                    .count();
            switch (format) {
                case JSON -> assertThat(file.toString()).startsWith("[{").endsWith("}]");
                case NDJSON -> assertThat(lines).isEqualTo(rows);
                case CSV -> assertThat(file.toString()).startsWith(column());
                case ARROW, PARQUET -> throw new AssertionError(format);
            }
            assertThat(format == OutputFormat.CSV ? lines - 1 : objects).isEqualTo(rows);
        }
        await().untilAsserted(() -> assertThat(engine.stats().memoryUsed()).isZero());
    }

    @Test
    void aFailedFileHasNoEnd() {
        try (Plan plan = plan(failing());
                Run run = run(plan, as(OutputFormat.JSON))) {
            StringBuilder file = new StringBuilder();
            assertThatThrownBy(() -> {
                        while (run.puller().await(run.stream()) instanceof Message message) {
                            file.append(text(message));
                            message.release();
                        }
                    })
                    .satisfies(has(ErrorCode.INVALID_VALUE));
            assertThat(file.toString()).doesNotContain("]");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ARROW", "JSON", "CSV"})
    void aLimitEndsTheRun(OutputFormat format) {
        try (Plan plan = plan(severalMessages())) {
            for (long limit : new long[] {0, 1, 150, severalRows(), severalRows() + 1}) {
                try (Run run = run(plan, as(format).withLimit(limit))) {
                    assertThat(run.puller().drain(run.stream())).isEqualTo(Math.min(limit, severalRows()));
                }
            }
        }
    }

    @Test
    void aPartHasNoLimit() {
        try (Plan plan = plan(severalMessages())) {
            assertThatThrownBy(() -> run(plan, part(0, 2).withLimit(1L))).satisfies(has(ErrorCode.INVALID_ARGUMENT));
            assertThatThrownBy(() -> run(plan, part(0, 1).withLimit(-1L)))
                    .satisfies(has(ErrorCode.INVALID_ARGUMENT))
                    .hasMessageContaining("-1");
        }
    }

    @Test
    void plansSayWhetherTheyRepeat() {
        try (Plan repeatable = plan(severalMessages());
                Plan changing = plan("SELECT now() FROM numbers")) {
            assertThat(repeatable.isRepeatable()).isTrue();
            assertThat(changing.isRepeatable()).isFalse();
        }
    }

    private static RunOptions as(OutputFormat format) {
        return RunOptions.of(ExecutionLimits.NONE).withFormat(format);
    }

    private static String text(Message message) {
        StringBuilder text = new StringBuilder();
        message.body().forEach(part -> text.append(StandardCharsets.UTF_8.decode(part.duplicate())));
        return text.toString();
    }

    private static void release(BatchStream.Next next) {
        ((Message) next).release();
    }
}
