package dev.bowyer.config;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A whole, valid configuration.
///
/// @param redaction for messages that may hold a value that came from a reference
public record Config(Server server, Limits limits, List<DatasetEntry> datasets, Redaction redaction) {

    public Config {
        datasets = List.copyOf(datasets);
    }

    public Config withServer(Server newServer) {
        return new Config(newServer, limits, datasets, redaction);
    }

    public Config withDatasets(List<DatasetEntry> newDatasets) {
        return new Config(server, limits, newDatasets, redaction);
    }

    /// Where the server listens.
    ///
    /// @param flight where Flight is served; port 0 picks a free one
    public record Server(ListenAddress flight) {}

    /// What queries may use.
    ///
    /// @param queryMemory of one query; of `totalMemory` when in percent
    /// @param totalMemory of all queries together; of the machine's memory less the Java heap when in percent
    /// @param timeout of one query; zero: none
    public record Limits(ByteSize queryMemory, ByteSize totalMemory, Duration timeout) {}

    /// A dataset that is there from the start.
    ///
    /// @param refresh how often to look for changed files; null: when a query asks
    public record DatasetEntry(
            DatasetName name, Source.Files source, @Nullable Duration refresh) {}
}
