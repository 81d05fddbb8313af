package dev.bowyer.engine;

import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Table;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// An engine that plays a script for each SQL text: messages, stalls until told to go on, failures. What it
/// hands out is real Arrow IPC of one column `n` that counts from 0. It knows as much SQL as "the name after
/// FROM is a table, and `$1` a parameter", and of a scan its column and its limit. It counts what of it is
/// held, and overwrites what is released, so that whoever reads on is found out.
public final class ScriptedEngine implements QueryEngine {
    /// Of every table and every result.
    public static final Schema SCHEMA = NumberMessage.SCHEMA;

    private static final String NAME = "(\\w+|\"[^\"]+\")";
    private static final Pattern FROM =
            Pattern.compile("\\bFROM\\s+(?:" + NAME + "\\.)?" + NAME, Pattern.CASE_INSENSITIVE);

    private static final Pattern PARAMETER = Pattern.compile("\\$\\d+");

    private final Map<String, List<Step>> scripts = new ConcurrentHashMap<>();
    private final LentMemory memory = new LentMemory();
    private final AtomicLong tableRows = new AtomicLong(7);
    private final AtomicInteger planned = new AtomicInteger();
    private final Set<String> planners = ConcurrentHashMap.newKeySet();
    private final AtomicInteger handles = new AtomicInteger();
    private final AtomicInteger activeQueries = new AtomicInteger();
    private final AtomicBoolean closed = new AtomicBoolean();
    private volatile List<Step> otherwise = List.of();
    private volatile Runnable whilePlanning = () -> {};
    private volatile Runnable whileRefreshing = () -> {};

    /// What happens next in a run.
    public sealed interface Step {}

    /// One message.
    public record Rows(int count) implements Step {}

    /// The next step, a moment later: the reader is told by another thread.
    public record Late() implements Step {}

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

    /// Says what every later run of `sql` does. A statement over no table and without a script is
    /// INVALID_SQL.
    public ScriptedEngine script(String sql, Step... steps) {
        scripts.put(sql, List.of(steps));
        return this;
    }

    /// Says what every later run of a statement over a table does that has no script of its own.
    public ScriptedEngine scriptOtherwise(Step... steps) {
        otherwise = List.of(steps);
        return this;
    }

    /// `count` messages of `rows` each, every third one late.
    public static Step[] messages(int count, int rows) {
        List<Step> steps = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (i % 3 == 0) {
                steps.add(new Late());
            }
            steps.add(new Rows(rows));
        }
        return steps.toArray(Step[]::new);
    }

    /// Lets every table have new files, which hold `rows`, from the next look on.
    public void replaceFiles(long rows) {
        tableRows.set(rows);
    }

    /// Says what happens elsewhere in the middle of every later planning.
    public void whilePlanning(Runnable event) {
        whilePlanning = event;
    }

    /// Says what happens in the middle of every later look at a table's files, on the thread that looks.
    public void whileRefreshing(Runnable event) {
        whileRefreshing = event;
    }

    /// How often something was planned.
    public int planned() {
        return planned.get();
    }

    /// Names of the threads that have planned.
    public Set<String> planners() {
        return Set.copyOf(planners);
    }

    @Override
    public Table open(DatasetName name, Source source) {
        return new ScriptedTable(SCHEMA, tableRows.get());
    }

    @Override
    public Optional<Table> refresh(Table table) {
        whileRefreshing.run();
        Table now = new ScriptedTable(SCHEMA, tableRows.get());
        return now.equals(table) ? Optional.empty() : Optional.of(now);
    }

    @Override
    public List<TableReference> tablesOf(String sql) {
        return FROM.matcher(sql)
                .results()
                .map(found ->
                        new TableReference(null, unquoted(found.group(1)), String.valueOf(unquoted(found.group(2)))))
                .toList();
    }

    private static @Nullable String unquoted(@Nullable String name) {
        return name == null ? null : name.replace("\"", "");
    }

    @Override
    public Plan plan(CatalogSnapshot snapshot, List<Dataset> extra, Statement statement, PlanOptions options) {
        requireOpen();
        planners.add(Thread.currentThread().getName());
        String sql = statement.sql();
        List<TableReference> tables = tablesOf(sql);
        StringBuilder data = new StringBuilder();
        for (TableReference table : tables) {
            String schema = table.schema() == null ? options.defaultNamespace() : table.schema();
            DatasetName name = new DatasetName(schema, table.table());
            data.append(extra.stream()
                    .filter(dataset -> dataset.name().equals(name))
                    .findFirst()
                    .orElseGet(() -> snapshot.require(name)));
        }
        List<Step> script = scripts.get(sql);
        if (script == null && tables.isEmpty()) {
            throw new ServiceException(ErrorCode.INVALID_SQL, "no script for " + sql);
        }
        script = script == null ? otherwise : script;
        if (statement instanceof Statement.Scan scan) {
            script = scanned(scan, script);
        }
        whilePlanning.run();
        planned.incrementAndGet();
        String version = String.format("%016x", data.toString().hashCode());
        return new ScriptedPlan(sql, SCHEMA, parameters(sql), version, script, handle());
    }

    private static Schema parameters(String sql) {
        List<Field> fields = PARAMETER
                .matcher(sql)
                .results()
                .map(found -> found.group())
                .distinct()
                .sorted()
                .map(name -> Field.nullable(name, new ArrowType.Int(64, true)))
                .toList();
        return new Schema(fields);
    }

    private static List<Step> scanned(Statement.Scan scan, List<Step> script) {
        for (String column : scan.columns()) {
            if (SCHEMA.getFields().stream().noneMatch(field -> field.getName().equals(column))) {
                throw new ServiceException(ErrorCode.UNKNOWN_COLUMN, "no column \"" + column + "\"");
            }
        }
        return scan.limit() == null ? script : limited(script, scan.limit());
    }

    /// Ends with the last row that is wanted.
    private static List<Step> limited(List<Step> script, long limit) {
        List<Step> steps = new ArrayList<>();
        long left = limit;
        for (Step step : script) {
            if (left == 0) {
                break;
            }
            if (step instanceof Rows(int count)) {
                int taken = (int) Math.min(left, count);
                left -= taken;
                step = new Rows(taken);
            }
            steps.add(step);
        }
        return steps;
    }

    @Override
    public BatchStream execute(Plan plan, RunOptions options, ReadyListener listener) {
        requireOpen();
        ScriptedPlan ours = (ScriptedPlan) plan;
        if (options.parameters().length == 0 && !ours.parameters().getFields().isEmpty()) {
            throw new ServiceException(ErrorCode.INVALID_ARGUMENT, "the statement has parameters without values");
        }
        if (options.format() == OutputFormat.PARQUET) {
            throw new ServiceException(ErrorCode.UNSUPPORTED, "the scripted engine writes no Parquet");
        }
        List<Step> script = limited(ours.script(), options);
        activeQueries.incrementAndGet();
        Runnable ended = once(activeQueries::decrementAndGet);
        return new ScriptedStream(script, options, listener, ended, this::handle, memory);
    }

    private static List<Step> limited(List<Step> script, RunOptions options) {
        Long limit = options.limit();
        if (limit == null) {
            return script;
        }
        if (limit < 0 || options.parts() > 1) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT, "limit " + limit + " of one of " + options.parts() + " parts");
        }
        return limited(script, limit);
    }

    @Override
    public String explain(Plan plan, ExplainFormat format, ExecutionLimits limits) {
        return ((ScriptedPlan) plan).script().toString();
    }

    @Override
    public EngineStats stats() {
        return new EngineStats(memory.held(), memory.peak(), 0, 0, 0, activeQueries.get(), handles.get(), 0);
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

    private record ScriptedTable(Schema schema, long count) implements Table {
        @Override
        public String format() {
            return "parquet";
        }

        @Override
        public int files() {
            return 1;
        }

        @Override
        public long bytes() {
            return count * Long.BYTES;
        }

        @Override
        public OptionalLong rows() {
            return OptionalLong.of(count);
        }
    }
}
