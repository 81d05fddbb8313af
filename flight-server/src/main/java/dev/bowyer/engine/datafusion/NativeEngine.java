package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Table;
import dev.bowyer.dataset.lake.LakeEngine;
import dev.bowyer.dataset.lake.LakeFiles;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.EngineStats;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.ExplainFormat;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.engine.RunOptions;
import dev.bowyer.engine.Statement;
import dev.bowyer.engine.datafusion.NativeBorder.StatementInfo;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Apache DataFusion in this process.
///
/// Who frees what: plans, streams and messages whoever got them; tables and sessions a [Cleaner], once
/// neither a catalog snapshot nor anyone else refers to them. [#close] frees all of these at the latest,
/// messages excepted.
public final class NativeEngine implements QueryEngine, LakeEngine {
    private final NativeBorder border;
    private final NativeCalls calls;
    private final ReadyCallbacks callbacks = new ReadyCallbacks();
    private final Cleaner cleaner = Cleaner.create();
    private final NativeHandle engine;
    private final NativeSessions sessions;
    private final NativeObjects objects;
    private final SpillFolder spillFolder;

    /// Starts an engine with threads of its own. A process may have several.
    ///
    /// @throws ServiceException UNSUPPORTED if there is no library for this machine, INVALID_CONFIG if the
    ///     cache folder or the spill folder cannot be written
    public static NativeEngine start(EngineOptions options) {
        return new NativeEngine(NativeBorder.load(), options);
    }

    private NativeEngine(NativeBorder border, EngineOptions options) {
        this.border = border;
        this.calls = border.calls();
        this.spillFolder = SpillFolder.below(options.spillFolder());
        long handle;
        try {
            handle = border.engineNew(
                    Json.bytes(NativeOptions.engine(options, spillFolder.path())), callbacks.function());
        } catch (RuntimeException e) {
            spillFolder.close();
            throw e;
        }
        this.engine = new NativeHandle("engine", border, null, handle, calls.engineFree);
        this.sessions = new NativeSessions(border, engine, cleaner);
        this.objects = new NativeObjects(border, engine);
    }

    @Override
    public Table open(DatasetName name, Source source) {
        return switch (source) {
            case Source.Files files ->
                table(border.make(calls.tableOpen, engine.value(), Json.bytes(NativeOptions.files(name, files)), null));
            case Source.Lake _ ->
                throw new ServiceException(ErrorCode.INTERNAL, "the table \"" + name + "\" was not planned");
        };
    }

    @Override
    public Table open(LakeFiles files) {
        return table(border.makeWith(calls.tableOpenLake, engine.value(), Json.bytes(files.header()), files.files()));
    }

    @Override
    public Table rows(String name, byte[] ipcStream) {
        ObjectNode header = Json.object().put("name", name);
        return table(border.makeWith(calls.tableOpenRows, engine.value(), Json.bytes(header), ipcStream));
    }

    /// The stores that tables are read from.
    public ObjectStores objects() {
        return objects;
    }

    @Override
    public Optional<Table> refresh(Table table) {
        try {
            long newer = border.tableRefresh(
                    NativeSessions.nativeTable(table).handle().value());
            return newer == 0 ? Optional.empty() : Optional.of(table(newer));
        } finally {
            Reference.reachabilityFence(table);
        }
    }

    @Override
    public List<TableReference> tablesOf(String sql) {
        List<TableReference> tables = new ArrayList<>();
        for (JsonNode table : Json.read(border.ask(calls.sqlTables, engine.value(), utf8(sql), sql))) {
            tables.add(new TableReference(
                    text(table, "catalog"),
                    text(table, "schema"),
                    table.path("table").asText()));
        }
        return tables;
    }

    @Override
    public Plan plan(CatalogSnapshot snapshot, List<Dataset> extra, Statement statement, PlanOptions options) {
        String text = NativeOptions.text(statement);
        long prepared = prepare(snapshot, extra, NativeOptions.statement(statement, options), text);
        NativeHandle handle = new NativeHandle("plan", border, engine, prepared, calls.statementFree);
        try {
            StatementInfo info = border.statementInfo(prepared);
            return new NativePlan(
                    border,
                    handle,
                    text,
                    info.schema(),
                    info.parameters(),
                    info.json().path("dataVersion").asText(),
                    info.json().path("repeatable").asBoolean());
        } catch (RuntimeException e) {
            handle.close();
            throw e;
        }
    }

    @Override
    public BatchStream execute(Plan plan, RunOptions options, ReadyListener listener) {
        NativePlan ours = nativePlan(plan);
        long cookie = callbacks.register(listener);
        try {
            ObjectNode json = NativeOptions.run(options, cookie);
            long query = border.execute(ours.handle().value(), options.parameters(), Json.bytes(json), ours.text());
            NativeHandle handle = new NativeHandle("stream", border, engine, query, calls.queryFree);
            return new NativeStream(border, handle, ours.text(), () -> callbacks.unregister(cookie));
        } catch (RuntimeException e) {
            callbacks.unregister(cookie);
            throw e;
        }
    }

    @Override
    public String explain(Plan plan, ExplainFormat format, ExecutionLimits limits) {
        NativePlan ours = nativePlan(plan);
        ObjectNode options =
                NativeOptions.limits(limits).put("format", format.name().toLowerCase(Locale.ROOT));
        byte[] text = border.ask(calls.explain, ours.handle().value(), Json.bytes(options), ours.text());
        return new String(text, StandardCharsets.UTF_8);
    }

    @Override
    public EngineStats stats() {
        JsonNode json = border.ask(calls.engineStats, engine.value());
        return new EngineStats(
                json.path("memoryUsed").asLong(),
                json.path("memoryPeak").asLong(),
                json.path("memoryLimit").asLong(),
                json.path("spilled").asLong(),
                json.path("spilledTotal").asLong(),
                json.path("activeQueries").asInt(),
                json.path("handles").asInt(),
                json.path("metadataCacheBytes").asLong());
    }

    /// What the library is made of.
    public static BuildInfo buildInfo() {
        JsonNode json = NativeBorder.load().buildInfo();
        return new BuildInfo(
                json.path("version").asText(),
                json.path("datafusion").asText(),
                json.path("arrow").asText(),
                json.path("target").asText());
    }

    @Override
    public void close() {
        engine.close();
        spillFolder.close();
    }

    private long prepare(CatalogSnapshot snapshot, List<Dataset> extra, ObjectNode request, String text) {
        try {
            if (!extra.isEmpty()) {
                request.set("extra", NativeSessions.tables(extra));
            }
            return border.make(calls.prepare, sessions.of(snapshot).value(), Json.bytes(request), text);
        } finally {
            Reference.reachabilityFence(snapshot);
            Reference.reachabilityFence(extra);
        }
    }

    private NativeTable table(long value) {
        NativeHandle handle = new NativeHandle("table", border, engine, value, calls.tableFree);
        try {
            NativeTable table = new NativeTable(border, handle, border.tableInfo(value));
            cleaner.register(table, handle::close);
            return table;
        } catch (RuntimeException e) {
            handle.close();
            throw e;
        }
    }

    private static NativePlan nativePlan(Plan plan) {
        if (plan instanceof NativePlan ours) {
            return ours;
        }
        throw new ServiceException(
                ErrorCode.INTERNAL,
                "a plan of another engine: " + plan.getClass().getName());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String text(JsonNode node, String field) {
        return node.hasNonNull(field) ? node.get(field).asText() : null;
    }

    /// @param target the platform it was built for: `linux-x86_64`
    public record BuildInfo(String version, String datafusion, String arrow, String target) {}
}
