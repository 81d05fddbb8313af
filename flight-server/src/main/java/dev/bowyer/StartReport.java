package dev.bowyer;

import dev.bowyer.config.Config;
import dev.bowyer.config.ListenAddress;
import dev.bowyer.config.MemoryBudget;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.engine.datafusion.NativeEngine;
import dev.bowyer.flight.FlightEndpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an operator wants to know of a server that has started. Names no secret and no location of data.
final class StartReport {
    /// Most names of datasets in the line of them.
    private static final int MAX_NAMES = 20;

    private StartReport() {}

    static List<String> of(
            Config config,
            MemoryBudget memory,
            CatalogSnapshot datasets,
            ListenAddress flight,
            @Nullable ListenAddress http) {
        NativeEngine.BuildInfo engine = NativeEngine.buildInfo();
        List<String> lines = new ArrayList<>();
        lines.add("versions: bowyer " + App.version() + ", engine " + engine.version() + ", DataFusion "
                + engine.datafusion() + ", Arrow " + engine.arrow() + ", Java " + Runtime.version());
        lines.add("memory: " + memory.describe() + "; of one query at most " + (memory.query() >> 20)
                + "; metadata cache at most " + (memory.metadataCache() >> 20));
        if (memory.slack() < MemoryBudget.MIN_SLACK_BYTES) {
            lines.add(
                    "memory: the slack is small, the system may end the process: lower limits.total-memory, or give it"
                            + " more memory");
        }
        Config.Limits limits = config.limits();
        lines.add("limits: " + limits.concurrentQueries() + " queries run (" + limits.perCaller() + " of one caller), "
                + limits.queue() + " wait up to " + limits.queueWait().toSeconds() + " s; drain "
                + config.server().drain().toSeconds() + " s");
        Path spill = limits.spillFolder();
        lines.add("spill: at most " + (limits.spillBytes() >> 20) + " MiB in "
                + (spill == null ? "the folder for temporary files" : spill));
        lines.add("flight: " + flight + ", " + FlightEndpoint.wirePath());
        lines.add("http: " + (http == null ? "off" : http));
        int users = config.auth().users().size();
        lines.add("auth: " + (users == 0 ? "none, everyone may call" : "users and passwords (" + users + " users)"));
        Path folder = config.server().dataFolder();
        lines.add("data folder: "
                + (folder == null ? "none, what is registered at run time ends with the process" : folder));
        int count = datasets.datasets().size();
        String names = String.join(
                ", ",
                datasets.datasets().stream()
                        .limit(MAX_NAMES)
                        .map(dataset -> dataset.name().toString())
                        .toList());
        lines.add("datasets: " + count + (count == 0 ? "" : " (" + names + (count > MAX_NAMES ? ", ..." : "") + ")"));
        return lines;
    }
}
