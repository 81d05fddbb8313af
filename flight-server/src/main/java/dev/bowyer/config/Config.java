package dev.bowyer.config;

import dev.bowyer.access.Authenticator;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A whole, valid configuration.
///
/// @param redaction for messages that may hold a value that came from a reference
public record Config(
        Server server,
        Limits limits,
        Http http,
        Telemetry telemetry,
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
        return new Config(newServer, limits, http, telemetry, tickets, auth, stores, catalogs, datasets, redaction);
    }

    public Config withDatasets(List<DatasetEntry> newDatasets) {
        return new Config(server, limits, http, telemetry, tickets, auth, stores, catalogs, newDatasets, redaction);
    }

    /// Where the server listens, and how it ends.
    ///
    /// @param flight where Flight is served; port 0 picks a free one
    /// @param http where HTTP is served; null: nowhere
    /// @param advertise what clients should connect to for a result; null: the server that answered
    /// @param dataFolder where datasets registered at run time are remembered; null: nowhere
    /// @param datasetsBelow folders below which local files may be registered at run time
    /// @param drain how long running streams may go on when the server stops
    public record Server(
            ListenAddress flight,
            @Nullable ListenAddress http,
            @Nullable URI advertise,
            @Nullable Path dataFolder,
            List<Path> datasetsBelow,
            Duration drain) {
        public Server {
            datasetsBelow = List.copyOf(datasetsBelow);
        }

        public Server withFlight(ListenAddress newFlight) {
            return new Server(newFlight, http, advertise, dataFolder, datasetsBelow, drain);
        }

        public Server withHttp(@Nullable ListenAddress newHttp) {
            return new Server(flight, newHttp, advertise, dataFolder, datasetsBelow, drain);
        }
    }

    /// What HTTP requests may take.
    ///
    /// @param corsOrigins whose pages may call from a browser
    /// @param maxBody of a request, in bytes
    /// @param cache bytes of answers that are kept; 0: none are
    /// @param cacheEntry most bytes of an answer that gets an ETag
    /// @param stallTimeout how long a client may neither read nor send
    public record Http(List<String> corsOrigins, long maxBody, long cache, long cacheEntry, Duration stallTimeout) {
        public Http {
            corsOrigins = List.copyOf(corsOrigins);
        }
    }

    /// What is told to operators, and where.
    ///
    /// @param otlpTraces where spans go; null: nowhere
    /// @param otlpMetrics where metrics are pushed; null: nowhere
    /// @param slowQuery from when on a query is logged as slow; zero: never
    public record Telemetry(
            @Nullable URI otlpTraces, @Nullable URI otlpMetrics, LogFormat logFormat, Duration slowQuery) {}

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
    /// @param admins names of users that may do more than ask queries
    /// @param tokenExpiry how long a login is valid
    public record Auth(List<Authenticator.User> users, Set<String> admins, Duration tokenExpiry) {
        public Auth {
            users = List.copyOf(users);
            admins = Set.copyOf(admins);
        }
    }

    /// What queries may use.
    ///
    /// @param queryMemory of one query; of `totalMemory` when in percent
    /// @param totalMemory of all queries together; when in percent, of what [MemoryBudget#left] is
    /// @param timeout of one query; zero: none
    /// @param concurrentQueries that run at the same time
    /// @param perCaller the same of one user
    /// @param queue queries that may wait for their turn
    /// @param queueWait how long one waits for it
    /// @param stallTimeout how long a Flight stream waits for its reader; zero: for ever
    /// @param spillBytes of all queries together
    /// @param spillFolder null: the system's for temporary files
    public record Limits(
            ByteSize queryMemory,
            ByteSize totalMemory,
            Duration timeout,
            int concurrentQueries,
            int perCaller,
            int queue,
            Duration queueWait,
            Duration stallTimeout,
            long spillBytes,
            @Nullable Path spillFolder) {}

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
