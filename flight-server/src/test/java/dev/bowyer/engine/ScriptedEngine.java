package dev.bowyer.engine;

import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.FileFormat;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Table;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.apache.arrow.vector.types.pojo.Schema;

/// An engine that plays a script for each SQL text: messages, stalls until told to go on, failures. What it hands
/// out is real Arrow IPC of one column `n` that counts from 0. It knows as much SQL as "the word after FROM is a
/// table".
public final class ScriptedEngine implements QueryEngine {
    private static final Pattern FROM = Pattern.compile("\\bFROM\\s+(?:(\\w+)\\.)?(\\w+)", Pattern.CASE_INSENSITIVE);

    private final Map<String, List<Step>> scripts = new ConcurrentHashMap<>();
    private final AtomicInteger handles = new AtomicInteger();
    private final AtomicInteger activeQueries = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();

    /// What happens next in a run.
    public sealed interface Step {}

    /// One message.
    public record Rows(int count) implements Step {}

    /// Nothing, until the gate is open.
    public record Stall(Gate gate) implements Step {}

    /// The run fails.
    public record Fail(ServiceException failure) implements Step {}

    /// Holds up every run that comes to it, until [#open].
    public static final class Gate {
        private final List<Runnable> waiting = new CopyOnWriteArrayList<>();
        private final AtomicBoolean open = new AtomicBoolean();

        public synchronized void open() {
            open.set(true);
            waiting.forEach(Runnable::run);
            waiting.clear();
        }

        synchronized boolean passes(Runnable whenOpen) {
            if (!open.get()) {
                waiting.add(whenOpen);
            }
            return open.get();
        }
    }

    /// Says what every later run of `sql` does. Without a script, `sql` is INVALID_SQL.
    public ScriptedEngine script(String sql, Step... steps) {
        scripts.put(sql, List.of(steps));
        return this;
    }

    @Override
    public Table open(DatasetName name, Source source) {
        return new ScriptedTable(NumberMessage.SCHEMA);
    }

    @Override
    public Optional<Table> refresh(Table table) {
        return Optional.empty();
    }

    @Override
    public List<TableReference> tablesOf(String sql) {
        return FROM.matcher(sql)
                .results()
                .map(found -> new TableReference(null, found.group(1), found.group(2)))
                .toList();
    }

    @Override
    public Plan plan(CatalogSnapshot snapshot, String sql) {
        requireOpen();
        for (TableReference table : tablesOf(sql)) {
            String schema = table.schema() == null ? DatasetName.DEFAULT_NAMESPACE : table.schema();
            Dataset _ = snapshot.require(new DatasetName(schema, table.table()));
        }
        List<Step> script = scripts.get(sql);
        if (script == null) {
            throw new ServiceException(ErrorCode.INVALID_SQL, "no script for " + sql);
        }
        return new ScriptedPlan(NumberMessage.SCHEMA, script, handle());
    }

    @Override
    public BatchStream execute(Plan plan, ExecutionLimits limits, ReadyListener listener) {
        requireOpen();
        activeQueries.incrementAndGet();
        Runnable ended = once(activeQueries::decrementAndGet);
        return new ScriptedStream(((ScriptedPlan) plan).script(), listener, ended, this::handle);
    }

    @Override
    public String explain(Plan plan, ExplainFormat format, ExecutionLimits limits) {
        return ((ScriptedPlan) plan).script().toString();
    }

    @Override
    public EngineStats stats() {
        return new EngineStats(0, 0, 0, 0, activeQueries.get(), handles.get(), 0);
    }

    @Override
    public void close() {
        closed.set(true);
    }

    private void requireOpen() {
        if (closed.get()) {
            throw new ServiceException(ErrorCode.UNAVAILABLE, "the engine is closed");
        }
    }

    /// Counts a handle, until the result is run for the first time.
    private Runnable handle() {
        handles.incrementAndGet();
        return once(handles::decrementAndGet);
    }

    private static Runnable once(Runnable action) {
        AtomicBoolean done = new AtomicBoolean();
        return () -> {
            if (done.compareAndSet(false, true)) {
                action.run();
            }
        };
    }

    private record ScriptedTable(Schema schema) implements Table {
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
            return 0;
        }

        @Override
        public OptionalLong rows() {
            return OptionalLong.empty();
        }
    }

    private record ScriptedPlan(Schema schema, List<Step> script, Runnable free) implements Plan {
        @Override
        public Schema parameters() {
            return new Schema(List.of());
        }

        @Override
        public void close() {
            free.run();
        }
    }
}
