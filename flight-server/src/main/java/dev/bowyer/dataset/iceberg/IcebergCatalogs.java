package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.Source.CatalogTable;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.time.Instant;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;

/// The configured catalogs of Iceberg tables. Nothing is connected to before it is asked for. Thread-safe;
/// all methods that take a catalog block on it for its timeout at the most, and throw [ServiceException]:
/// UNAVAILABLE (naming the catalog) if it does not answer in time or refuses the server's credentials,
/// PERMISSION_DENIED if it does not let the server do this, SOURCE_NOT_FOUND for a namespace or table that it
/// does not have.
public final class IcebergCatalogs implements AutoCloseable {
    /// Most namespaces of a level, and most tables of a namespace.
    public static final int MAX_NAMES = 100_000;

    /// How often lent credentials are looked at.
    private static final int RENEWAL_SECONDS = 20;

    private final SequencedMap<String, CatalogConnection> connections = new TreeMap<>();
    private final ScheduledExecutorService renewals;

    /// @param settings with different names
    /// @param stores get the credentials that catalogs lend, by prefix
    public IcebergCatalogs(List<CatalogSettings> settings, ObjectStores stores) {
        this(settings, stores, Set.of());
    }

    /// @param settings with different names
    /// @param stores get the credentials that catalogs lend, by prefix
    /// @param configuredPrefixes of stores that no catalog replaces
    public IcebergCatalogs(List<CatalogSettings> settings, ObjectStores stores, Set<String> configuredPrefixes) {
        LentStores lent = new LentStores(stores, configuredPrefixes);
        settings.forEach(catalog -> connections.put(catalog.name(), new CatalogConnection(catalog, stores, lent)));
        renewals = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("catalog-credentials").factory());
        if (settings.stream().anyMatch(catalog -> catalog.type() == CatalogSettings.Type.REST)) {
            var _ = renewals.scheduleWithFixedDelay(this::renew, RENEWAL_SECONDS, RENEWAL_SECONDS, TimeUnit.SECONDS);
        }
    }

    public List<String> names() {
        return List.copyOf(connections.keySet());
    }

    /// The namespaces directly below one, in order of their names; each as its levels from the top.
    ///
    /// @param parent empty: those at the top
    public List<List<String>> namespaces(String catalog, List<String> parent) {
        return limited(catalog, connection(catalog).call(client -> client.namespaces(namespace(parent)))).stream()
                .map(namespace -> List.of(namespace.levels()))
                .sorted((one, other) -> String.join(".", one).compareTo(String.join(".", other)))
                .toList();
    }

    /// The names of the tables of a namespace, in order; views are not among them.
    public List<String> tables(String catalog, List<String> namespace) {
        return limited(catalog, connection(catalog).call(client -> client.tables(namespace(namespace)))).stream()
                .map(TableIdentifier::name)
                .sorted()
                .toList();
    }

    /// The current metadata of a table.
    TableMetadata load(CatalogTable table) {
        CatalogConnection connection = connection(table.catalog());
        TableIdentifier id;
        try {
            id = TableIdentifier.of(namespace(table.namespace()), table.table());
        } catch (IllegalArgumentException e) {
            throw new ServiceException(
                    ErrorCode.SOURCE_NOT_FOUND,
                    "catalog \"" + table.catalog() + "\" does not have this table",
                    "its name is empty, or no name of Iceberg",
                    e);
        }
        return connection.call(client -> client.load(id));
    }

    /// Where the files of a table of `metadata` lie.
    TableRoot root(CatalogTable table, TableMetadata metadata) {
        return TableRoot.ofCatalog(metadata, connection(table.catalog()).settings());
    }

    private static Namespace namespace(List<String> levels) {
        return Namespace.of(levels.toArray(String[]::new));
    }

    private static <T> List<T> limited(String catalog, List<T> names) {
        if (names.size() > MAX_NAMES) {
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED, "catalog \"" + catalog + "\" lists more than " + MAX_NAMES + " names");
        }
        return names;
    }

    private CatalogConnection connection(String catalog) {
        CatalogConnection known = connections.get(catalog);
        if (known == null) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "no catalog named \"" + catalog + "\" is configured",
                    NearestNames.hint(catalog, connections.keySet().stream()));
        }
        return known;
    }

    private void renew() {
        for (CatalogConnection connection : connections.values()) {
            try {
                connection.renew(Instant.now());
            } catch (ServiceException e) {
                // A query that needs the table meets the same failure and reports it.
                System.getLogger(IcebergCatalogs.class.getName())
                        .log(System.Logger.Level.DEBUG, "credentials were not renewed", e);
            }
        }
    }

    /// What is being loaded fails.
    @Override
    public void close() {
        renewals.shutdownNow();
        connections.values().forEach(CatalogConnection::close);
    }
}
