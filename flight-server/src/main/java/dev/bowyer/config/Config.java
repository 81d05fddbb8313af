package dev.bowyer.config;

import dev.bowyer.access.Authenticator;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A whole, valid configuration.
///
/// @param redaction for messages that may hold a value that came from a reference
public record Config(
        Server server,
        Limits limits,
        Tickets tickets,
        Auth auth,
        List<StoreEntry> stores,
        List<CatalogEntry> catalogs,
        List<DatasetEntry> datasets,
        Redaction redaction) {

    public Config {
        stores = List.copyOf(stores);
        catalogs = List.copyOf(catalogs);
        datasets = List.copyOf(datasets);
    }

    public Config withServer(Server newServer) {
        return new Config(newServer, limits, tickets, auth, stores, catalogs, datasets, redaction);
    }

    public Config withDatasets(List<DatasetEntry> newDatasets) {
        return new Config(server, limits, tickets, auth, stores, catalogs, newDatasets, redaction);
    }

    /// Where the server listens.
    ///
    /// @param flight where Flight is served; port 0 picks a free one
    /// @param advertise what clients should connect to for a result; null: the server that answered
    public record Server(ListenAddress flight, @Nullable URI advertise) {
        public Server(ListenAddress flight) {
            this(flight, null);
        }

        public Server withFlight(ListenAddress newFlight) {
            return new Server(newFlight, advertise);
        }
    }

    /// What tickets and handles are worth.
    ///
    /// @param keys the first seals, all open; empty: a random one that ends with the process
    /// @param expiry how long a ticket is valid
    /// @param plain whether DoGet takes tickets that clients make themselves
    /// @param rawSql whether a CMD descriptor may be bare SQL
    public record Tickets(List<byte[]> keys, Duration expiry, boolean plain, boolean rawSql) {
        public Tickets {
            keys = List.copyOf(keys);
        }
    }

    /// Who may call.
    ///
    /// @param users empty: everyone
    /// @param tokenExpiry how long a login is valid
    public record Auth(List<Authenticator.User> users, Duration tokenExpiry) {
        public Auth {
            users = List.copyOf(users);
        }
    }

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
            DatasetName name, Source source, @Nullable Duration refresh) {}

    /// Where data may be read.
    ///
    /// @param options under the names that [dev.bowyer.dataset.ObjectStores#put] knows; some are secret
    public record StoreEntry(String prefix, Map<String, String> options) {
        public StoreEntry {
            options = Map.copyOf(options);
        }

        @Override
        public String toString() {
            return "StoreEntry[" + prefix + "]";
        }
    }

    /// An Iceberg catalog.
    ///
    /// @param type `rest` or `jdbc`
    /// @param options by the names of their keys; some are secret
    /// @param refresh how often at most it is asked for its tables, and for the newest version of one
    /// @param mount whether its tables are datasets
    public record CatalogEntry(
            String name,
            String type,
            String uri,
            Map<String, String> options,
            Duration timeout,
            Duration refresh,
            boolean mount) {
        public CatalogEntry {
            options = Map.copyOf(options);
        }

        @Override
        public String toString() {
            return "CatalogEntry[" + name + "]";
        }
    }
}
