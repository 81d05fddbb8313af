package dev.bowyer.engine.datafusion;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.OutputFormat;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.ResultTypes;
import dev.bowyer.engine.RunOptions;
import dev.bowyer.engine.Statement;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/// From Java's records to the JSON that the engine takes.
final class NativeOptions {
    private NativeOptions() {}

    static ObjectNode engine(EngineOptions options, Path spillFolder) {
        return Json.object()
                .put("cpuThreads", options.cpuThreads())
                .put("ioThreads", options.ioThreads())
                .put("memoryBytes", options.memoryBytes())
                .put("spillFolder", spillFolder.toString())
                .put("spillBytes", options.spillBytes())
                .put("batchRows", options.batchRows())
                .put("metadataCacheBytes", options.metadataCacheBytes())
                .put("messageBytes", options.messageBytes())
                .put("sqlBytes", options.sqlBytes())
                .put("sqlTokens", options.sqlTokens())
                .put("sqlNesting", options.sqlNesting())
                .put("sqlChain", options.sqlChain());
    }

    static ObjectNode files(DatasetName name, Source.Files files) {
        ObjectNode json = Json.object().put("name", name.toString()).put("location", files.location());
        if (files.format() != null) {
            json.put("format", files.format().id());
        }
        if (files.partitions() != null) {
            ArrayNode partitions = json.putArray("partitions");
            files.partitions().forEach(partitions::add);
        }
        json.putObject("csv")
                .put("delimiter", String.valueOf(files.csv().delimiter()))
                .put("header", files.csv().header());
        return json;
    }

    static ObjectNode statement(Statement statement, PlanOptions options) {
        ObjectNode json = Json.object().put("defaultSchema", options.defaultNamespace());
        switch (statement) {
            case Statement.Sql(String sql) -> json.put("sql", sql);
            case Statement.Scan scan -> json.set("scan", scan(scan));
        }
        ResultTypes types = options.types();
        json.put(
                "encoding",
                switch (types.encoding()) {
                    case COMPATIBLE -> "compatible";
                    case NATIVE -> "native";
                });
        if (types.timestampsInNanoseconds()) {
            json.put("timestampUnit", "ns");
        }
        if (types.timestampsWithoutZone()) {
            json.put("timestampZone", "drop");
        }
        if (types.decimalsAsDoubles()) {
            json.put("decimal", "double");
        }
        return json;
    }

    private static ObjectNode scan(Statement.Scan scan) {
        ObjectNode json = Json.object()
                .put("schema", scan.dataset().namespace())
                .put("table", scan.dataset().table());
        if (!scan.columns().isEmpty()) {
            scan.columns().forEach(json.putArray("columns")::add);
        }
        if (scan.filter() != null) {
            json.put("filter", scan.filter());
        }
        if (scan.limit() != null) {
            json.put("limit", scan.limit());
        }
        return json;
    }

    /// What the positions of an error point into: the text that the engine was given.
    static String text(Statement statement) {
        return switch (statement) {
            case Statement.Sql(String sql) -> sql;
            case Statement.Scan scan -> scan.filter() == null ? "" : scan.filter();
        };
    }

    /// @param cookie names the listener, and the run in messages
    static ObjectNode run(RunOptions options, long cookie) {
        ObjectNode json = limits(options.limits())
                .put("cookie", Json.unsigned(cookie))
                .put("queryId", Long.toString(cookie))
                .put("part", options.part())
                .put("parts", options.parts());
        if (options.format() != OutputFormat.ARROW) {
            json.put("format", options.format().name().toLowerCase(Locale.ROOT));
        }
        if (options.limit() != null) {
            json.put("limit", options.limit());
        }
        return json;
    }

    /// Zero means no timeout to the engine too; a shorter one than it can count is the shortest it can.
    static ObjectNode limits(ExecutionLimits limits) {
        Duration timeout = limits.timeout();
        return Json.object()
                .put("memoryLimit", limits.memoryBytes())
                .put("timeoutMillis", timeout.isZero() ? 0 : Math.max(1, timeout.toMillis()));
    }
}
