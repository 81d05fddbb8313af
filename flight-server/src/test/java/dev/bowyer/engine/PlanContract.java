package dev.bowyer.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Source.CsvOptions;
import dev.bowyer.engine.QueryEngine.TableReference;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the plans of every [QueryEngine] must do, and the kit of all its tests. A subclass says how to get an engine
/// and which SQL makes it behave in the ways below.
public abstract class PlanContract {
    protected static final DatasetName NUMBERS = DatasetName.parse("numbers");

    protected QueryEngine engine;
    protected Catalog catalog;

    /// A new engine; the kit closes it.
    protected abstract QueryEngine start();

    /// Where [#NUMBERS] comes from.
    protected abstract String location();

    /// A statement over [#NUMBERS] with at least five messages.
    protected abstract String severalMessages();

    /// Rows of [#severalMessages], and of [#NUMBERS].
    protected abstract long severalRows();

    /// A column of [#NUMBERS].
    protected abstract String column();

    /// A statement over [#NUMBERS] with `$1` and `$2`, both 64-bit integers.
    protected abstract String twoParameters();

    /// A statement that fails with INVALID_VALUE at run time.
    protected abstract String failing();

    /// A statement whose first message takes longer than any test waits.
    protected abstract String stalling();

    @BeforeEach
    void startEngine() {
        engine = start();
        catalog = new Catalog(engine);
        catalog.register(NUMBERS, new Source.Files(location(), null, null, CsvOptions.DEFAULT));
    }

    @AfterEach
    void closeEngine() {
        engine.close();
    }

    @Test
    void schemaIsTheSameForEveryPlanOfAStatement() {
        try (Plan one = plan(severalMessages());
                Plan other = plan(severalMessages())) {
            assertThat(one.schema()).isSameAs(one.schema()).isEqualTo(other.schema());
            assertThat(one.parameters().getFields()).isEmpty();
        }
    }

    @Test
    void unknownTableIsNamed() {
        assertThatThrownBy(() -> plan("SELECT * FROM numbres"))
                .satisfies(has(ErrorCode.DATASET_NOT_FOUND))
                .hasMessageContaining("numbres")
                .satisfies(e -> assertThat(((ServiceException) e).hint()).contains("did you mean \"numbers\"?"));
    }

    @Test
    void tablesOfNamesWhatAStatementReads() {
        assertThat(engine.tablesOf("SELECT * FROM tpch.orders"))
                .containsExactly(new TableReference(null, "tpch", "orders"));
        assertThat(engine.tablesOf(severalMessages())).containsExactly(new TableReference(null, null, "numbers"));
    }

    @Test
    void theDefaultNamespaceHoldsTablesWithoutOne() {
        catalog.register(
                DatasetName.parse("other.numbers2"), new Source.Files(location(), null, null, CsvOptions.DEFAULT));
        Statement statement = new Statement.Sql(severalMessages().replace("numbers", "numbers2"));
        engine.plan(catalog.current(), statement, new PlanOptions("other", ResultTypes.COMPATIBLE))
                .close();
        assertThatThrownBy(() -> engine.plan(catalog.current(), statement, PlanOptions.DEFAULT))
                .satisfies(has(ErrorCode.DATASET_NOT_FOUND));
    }

    @Test
    void aScanReadsTheWholeDataset() {
        try (Plan plan = scan(Statement.Scan.of(NUMBERS));
                Run run = run(plan)) {
            assertThat(run.puller.drain(run.stream)).isEqualTo(severalRows());
        }
    }

    @Test
    void aScanReadsTheColumnsAndRowsAskedFor() {
        try (Plan plan = scan(new Statement.Scan(NUMBERS, List.of(column()), null, 3L));
                Run run = run(plan)) {
            assertThat(plan.schema().getFields())
                    .singleElement()
                    .satisfies(field -> assertThat(field.getName()).isEqualTo(column()));
            assertThat(run.puller.drain(run.stream)).isEqualTo(3);
        }
    }

    @Test
    void aScanOfAnUnknownColumnOrDatasetIsRefused() {
        assertThatThrownBy(() -> scan(new Statement.Scan(NUMBERS, List.of("nope"), null, null)))
                .satisfies(has(ErrorCode.UNKNOWN_COLUMN))
                .hasMessageContaining("nope");
        assertThatThrownBy(() -> scan(Statement.Scan.of(DatasetName.parse("numbres"))))
                .satisfies(has(ErrorCode.DATASET_NOT_FOUND))
                .hasMessageContaining("numbres");
    }

    @Test
    void boundParametersAreTakenByEveryPlanOfTheStatement() {
        byte[] bound;
        try (Plan plan = plan(twoParameters())) {
            assertThat(plan.parameters().getFields())
                    .extracting(field -> field.getName())
                    .containsExactly("$1", "$2");
            bound = plan.bind(ParameterRow.of(1L, 2));
            assertThat(plan.bind(bound)).isEqualTo(bound);
            assertThat(plan.bind(ParameterRow.of(null, 2))).isNotEqualTo(bound);
        }
        try (Plan plan = plan(twoParameters());
                Run run = run(plan, RunOptions.of(ExecutionLimits.NONE).withParameters(bound))) {
            run.puller.drain(run.stream);
        }
    }

    @Test
    void valuesOfAnotherCountTypeOrNumberOfRowsAreRefused() {
        try (Plan plan = plan(twoParameters())) {
            assertRefused(plan, ParameterRow.of(1L), "2");
            assertRefused(plan, ParameterRow.of(1L, 2L, 3L), "3");
            assertRefused(plan, ParameterRow.of(1L, "two"), "$2");
            assertRefused(plan, ParameterRow.of(), "2");
            assertRefused(plan, new byte[0], "");
        }
        try (Plan plan = plan(twoParameters().replace("$2", "$1"))) {
            assertRefused(plan, ParameterRow.rows(2, 1L), "2 rows");
            assertRefused(plan, ParameterRow.rows(0, 1L), "0 rows");
            assertRefused(plan, ParameterRow.compressed(1L), "ompress");
        }
    }

    @Test
    void valuesInADamagedStreamAreRefused() {
        try (Plan plan = plan(twoParameters())) {
            byte[] whole = ParameterRow.of(1L, 2L);
            assertRefused(plan, "no stream".getBytes(StandardCharsets.UTF_8), "");
            // The last eight bytes only say that there is no second batch.
            for (int length = 1; length < whole.length - 8; length += 7) {
                assertRefused(plan, Arrays.copyOf(whole, length), "");
            }
        }
    }

    @Test
    void aRunWithoutValuesIsRefused() {
        try (Plan plan = plan(twoParameters())) {
            assertThatThrownBy(() -> {
                        try (Run run = run(plan)) {
                            run.puller.drain(run.stream);
                        }
                    })
                    .satisfies(has(ErrorCode.INVALID_ARGUMENT));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 64})
    void partsGiveEveryRowOnce(int wanted) {
        try (Plan plan = plan(severalMessages())) {
            int parts = plan.parts(wanted);
            assertThat(parts).isBetween(1, wanted);
            long rows = 0;
            for (int part = 0; part < parts; part++) {
                try (Run run = run(plan, part(part, parts))) {
                    rows += run.puller.drain(run.stream);
                }
            }
            assertThat(rows).isEqualTo(severalRows());
        }
    }

    @Test
    void theDataVersionIsThatOfTheFiles() {
        try (Plan one = plan(severalMessages());
                QueryEngine replica = start()) {
            Catalog elsewhere = new Catalog(replica);
            elsewhere.register(NUMBERS, new Source.Files(location(), null, null, CsvOptions.DEFAULT));
            Statement statement = new Statement.Sql(severalMessages());
            try (Plan other = replica.plan(elsewhere.current(), statement, PlanOptions.DEFAULT);
                    Plan stalling = plan(stalling())) {
                assertThat(one.dataVersion())
                        .matches("[0-9a-f]{16}")
                        .isEqualTo(other.dataVersion())
                        .isEqualTo(stalling.dataVersion());
            }
        }
    }

    @Test
    void progressGrowsToOne() {
        try (Plan plan = plan(severalMessages());
                Run run = run(plan)) {
            double before = run.stream.metrics().progress();
            while (run.puller.await(run.stream) instanceof BatchStream.Message message) {
                message.release();
                double now = run.stream.metrics().progress();
                assertThat(now).isBetween(Math.max(before, 0), 1.0);
                before = now;
            }
            assertThat(run.stream.metrics().progress()).isEqualTo(1);
        }
    }

    protected Plan plan(String sql) {
        return engine.plan(catalog.current(), new Statement.Sql(sql), PlanOptions.DEFAULT);
    }

    protected Plan scan(Statement.Scan scan) {
        return engine.plan(catalog.current(), scan, PlanOptions.DEFAULT);
    }

    protected Run run(Plan plan) {
        return run(plan, RunOptions.of(ExecutionLimits.NONE));
    }

    protected Run run(Plan plan, RunOptions options) {
        Puller puller = new Puller();
        return new Run(plan, engine.execute(plan, options, puller), puller);
    }

    protected static RunOptions part(int part, int parts) {
        return RunOptions.of(ExecutionLimits.NONE).withPart(part, parts);
    }

    protected static void assertRefused(Plan plan, byte[] values, String named) {
        assertThatThrownBy(() -> plan.bind(values))
                .satisfies(has(ErrorCode.INVALID_ARGUMENT))
                .hasMessageContaining(named);
    }

    protected static ThrowingConsumer<Throwable> has(ErrorCode code) {
        return e -> assertThat(e)
                .isInstanceOfSatisfying(
                        ServiceException.class, ours -> assertThat(ours.code()).isEqualTo(code));
    }

    /// A stream with the one that reads it.
    protected record Run(Plan plan, BatchStream stream, Puller puller) implements AutoCloseable {
        @Override
        public void close() {
            stream.close();
        }
    }
}
