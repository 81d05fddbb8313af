package dev.bowyer.dataset.iceberg;

import dev.bowyer.dataset.ObjectStores;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SessionCatalog.SessionContext;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.BadRequestException;
import org.apache.iceberg.exceptions.NoSuchNamespaceException;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.iceberg.rest.HTTPClient;
import org.apache.iceberg.rest.RESTCatalogProperties;
import org.apache.iceberg.rest.RESTSessionCatalog;
import org.apache.iceberg.rest.RESTUtil;

/// A REST catalog. It answers "not changed" to who has the newest metadata of a table, so that a look costs
/// one small request; the credentials it lends come only with the metadata, so that they are asked for anew
/// in time before they expire.
final class RestCatalogClient implements CatalogClient {
    private final RESTSessionCatalog sessions;
    private final Catalog catalog;
    private final Leases leases;

    /// @param leases stay the caller's
    RestCatalogClient(CatalogSettings settings, ObjectStores stores, Leases leases) {
        this.leases = leases;
        sessions = new RESTSessionCatalog(
                config -> HTTPClient.builder(config)
                        .uri(config.get(CatalogProperties.URI))
                        .withHeaders(RESTUtil.configHeaders(config))
                        .build(),
                (context, properties) -> ObjectFileIO.ofCatalog(stores, properties));
        sessions.initialize(settings.name(), properties(settings));
        catalog = sessions.asCatalog(SessionContext.createEmpty());
    }

    private static Map<String, String> properties(CatalogSettings settings) {
        Map<String, String> properties = new HashMap<>(settings.properties());
        properties.put(CatalogProperties.URI, settings.uri());
        String warehouse = settings.warehouse();
        if (warehouse != null) {
            properties.put(CatalogProperties.WAREHOUSE_LOCATION, warehouse);
        }
        String millis = Long.toString(settings.timeout().toMillis());
        properties.put(RESTCatalogProperties.METRICS_REPORTING_ENABLED, "false");
        properties.putIfAbsent("header.X-Iceberg-Access-Delegation", "vended-credentials");
        properties.putIfAbsent("rest.client.connection-timeout-ms", millis);
        properties.putIfAbsent("rest.client.socket-timeout-ms", millis);
        properties.putIfAbsent("rest.client.max-retries", "2");
        return properties;
    }

    @Override
    public List<Namespace> namespaces(Namespace parent) {
        return named(
                () -> ((SupportsNamespaces) catalog).listNamespaces(parent),
                e -> parent.isEmpty() ? e : noNamespace(parent, e));
    }

    @Override
    public List<TableIdentifier> tables(Namespace namespace) {
        return named(() -> catalog.listTables(namespace), e -> noNamespace(namespace, e));
    }

    private static NoSuchNamespaceException noNamespace(Namespace namespace, BadRequestException cause) {
        return new NoSuchNamespaceException(cause, "no namespace %s", namespace);
    }

    /// Services call a request malformed if it has a name that they do not allow, so that there is none of
    /// it.
    private static <T> T named(Supplier<T> request, Function<BadRequestException, RuntimeException> missing) {
        try {
            return request.get();
        } catch (BadRequestException e) {
            throw missing.apply(e);
        }
    }

    @Override
    public TableMetadata load(TableIdentifier table) {
        Instant now = Instant.now();
        return leases.use(table, now) ? loadAnew(table, now) : loadKnown(table, now);
    }

    private TableMetadata loadAnew(TableIdentifier table, Instant now) {
        catalog.invalidateTable(table);
        return loadKnown(table, now);
    }

    private TableMetadata loadKnown(TableIdentifier table, Instant now) {
        Table loaded = named(() -> catalog.loadTable(table), e -> new NoSuchTableException(e, "no table %s", table));
        TableOperations operations = CatalogClient.operations(table, loaded);
        TableMetadata metadata = operations.current();
        if (operations.io() instanceof ObjectFileIO io) {
            leases.take(table, VendedStorage.of(metadata, io.properties(), io.credentials()), now);
        }
        return metadata;
    }

    /// Keeps what was lent readable.
    void renew(Instant now) {
        leases.renew(now, table -> loadAnew(table, now));
    }

    @Override
    public void close() throws IOException {
        sessions.close();
    }
}
