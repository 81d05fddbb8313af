package dev.bowyer.flight;

import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.FileFormat;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Table;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.EngineStats;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.ExplainFormat;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/// An engine whose every query follows one [Script], and which knows what of it is still held. SQL that
/// contains `$1` has a parameter; `SELECT bad` does not parse. Every table has the one column `x`.
final class FakeEngine implements QueryEngine {
    static final Schema SCHEMA = new Schema(List.of(Field.notNullable("x", new ArrowType.Int(64, true))));

    /// What every run does: `messages` of `rows` numbers each, counted up from 0, each third one a moment
    /// late. It fails in place of message `failAt`, or stops giving messages at `stallAt`, unless these are
    /// -1.
    record Script(int messages, int rows, int failAt, int stallAt) {
        static Script of(int messages, int rows) {
            return new Script(messages, rows, -1, -1);
        }

        Script failingAt(int message) {
            return new Script(messages, rows, message, stallAt);
        }

        Script stallingAt(int message) {
            return new Script(messages, rows, failAt, message);
        }
    }

    final AtomicInteger plans = new AtomicInteger();
    final AtomicInteger planned = new AtomicInteger();
    final FakeMemory memory = new FakeMemory();
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("fake-engine").factory());
    private final Script script;

    FakeEngine(Script script) {
        this.script = script;
    }

    @Override
    public Table open(DatasetName name, Source source) {
        return new FakeTable();
    }

    @Override
    public Optional<Table> refresh(Table table) {
        return Optional.empty();
    }

    @Override
    public List<TableReference> tablesOf(String sql) {
        if (sql.contains("bad")) {
            throw new ServiceException(ErrorCode.INVALID_SQL, "no statement: \"" + sql + "\"");
        }
        return List.of();
    }

    @Override
    public Plan plan(CatalogSnapshot snapshot, String sql) {
        plans.incrementAndGet();
        planned.incrementAndGet();
        return new FakePlan(sql.contains("$1") ? SCHEMA : new Schema(List.of()));
    }

    @Override
    public BatchStream execute(Plan plan, ExecutionLimits limits, ReadyListener listener) {
        return new FakeStream(script, memory, () -> thread.execute(listener::ready));
    }

    @Override
    public String explain(Plan plan, ExplainFormat format, ExecutionLimits limits) {
        return "";
    }

    @Override
    public EngineStats stats() {
        return new EngineStats(
                memory.heldBytes(), memory.peakBytes(), 0, 0, memory.streams(), memory.handles() + plans.get(), 0);
    }

    @Override
    public void close() {
        thread.shutdownNow();
    }

    private record FakeTable() implements Table {
        @Override
        public Schema schema() {
            return SCHEMA;
        }

        @Override
        public FileFormat format() {
            return FileFormat.PARQUET;
        }

        @Override
        public int files() {
            return 1;
        }

        @Override
        public long bytes() {
            return 1;
        }

        @Override
        public OptionalLong rows() {
            return OptionalLong.of(7);
        }
    }

    private final class FakePlan implements Plan {
        private final Schema parameters;
        private boolean closed;

        FakePlan(Schema parameters) {
            this.parameters = parameters;
        }

        @Override
        public Schema schema() {
            return SCHEMA;
        }

        @Override
        public Schema parameters() {
            return parameters;
        }

        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                plans.decrementAndGet();
            }
        }
    }
}
