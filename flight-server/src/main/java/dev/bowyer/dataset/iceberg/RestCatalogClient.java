package dev.bowyer.dataset.iceberg;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.bowyer.dataset.ObjectStores;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SessionCatalog.SessionContext;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.rest.HTTPClient;
import org.apache.iceberg.rest.RESTCatalogProperties;
import org.apache.iceberg.rest.RESTSessionCatalog;
import org.apache.iceberg.rest.RESTUtil;
import org.jspecify.annotations.Nullable;

/// A REST catalog. It answers "not changed" to who has the newest metadata of a table, so that a look costs
/// one small request; the credentials it lends come only with the metadata, so that they are asked for anew
/// in time before they expire.
final class RestCatalogClient implements CatalogClient {
    /// Tables whose credentials are kept fresh.
    private static final int MAX_LEASES = 10_000;
    /// A table that nobody has asked for so long is not kept readable any more.
    private static final Duration IDLE = Duration.ofHours(1);
    /// Credentials are asked for anew so long before they expire, or after two thirds of their life.
    private static final Duration AHEAD = Duration.ofMinutes(5);

    private static final int LIFE_PARTS = 3;

    private final RESTSessionCatalog sessions;
    private final Catalog catalog;
    private final ObjectStores stores;
    private final Cache<TableIdentifier, Lease> leases;

    /// What a table was lent.
    ///
    /// @param renew when to ask again; null: they do not expire, as far as anyone knows
    /// @param used when a query last asked for the table, in milliseconds since 1970
    private record Lease(
            List<VendedStorage> storages, @Nullable Instant renew, AtomicLong used) {
        boolean isDue(Instant now) {
            return renew != null && !now.isBefore(renew);
        }

        boolean isIdle(Instant now) {
            return Instant.ofEpochMilli(used.get()).plus(IDLE).isBefore(now);
        }
    }

    RestCatalogClient(CatalogSettings settings, ObjectStores stores) {
        this.stores = stores;
        leases = Caffeine.newBuilder()
                .maximumSize(MAX_LEASES)
                .removalListener(this::forget)
                .build();
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
        return ((SupportsNamespaces) catalog).listNamespaces(parent);
    }

    @Override
    public List<TableIdentifier> tables(Namespace namespace) {
        return catalog.listTables(namespace);
    }

    @Override
    public TableMetadata load(TableIdentifier table) {
        Instant now = Instant.now();
        Lease lease = leases.getIfPresent(table);
        if (lease != null) {
            lease.used().set(now.toEpochMilli());
            if (lease.isDue(now)) {
                catalog.invalidateTable(table);
            }
        }
        TableOperations operations = ((BaseTable) catalog.loadTable(table)).operations();
        TableMetadata metadata = operations.current();
        if (operations.io() instanceof ObjectFileIO io) {
            List<VendedStorage> lent = VendedStorage.of(metadata, io.properties(), io.credentials());
            if (lease == null || !lease.storages().equals(lent)) {
                lent.forEach(storage -> stores.put(storage.prefix(), storage.options()));
                leases.put(table, new Lease(lent, renewal(lent, now), new AtomicLong(now.toEpochMilli())));
            }
        }
        return metadata;
    }

    /// Asks anew for what is about to expire, and forgets what nobody has asked for lately. A table that
    /// cannot be renewed does not keep the others from it; a query that needs it reports why.
    void renew(Instant now) {
        leases.asMap().forEach((table, lease) -> {
            if (lease.isIdle(now)) {
                leases.invalidate(table);
                drop(lease);
            } else if (lease.isDue(now)) {
                try {
                    renew(table, lease, now);
                } catch (RuntimeException e) {
                    System.getLogger(RestCatalogClient.class.getName())
                            .log(System.Logger.Level.DEBUG, "credentials were not renewed", e);
                }
            }
        });
    }

    private void renew(TableIdentifier table, Lease lease, Instant now) {
        catalog.invalidateTable(table);
        TableOperations operations = ((BaseTable) catalog.loadTable(table)).operations();
        if (operations.io() instanceof ObjectFileIO io) {
            List<VendedStorage> lent = VendedStorage.of(operations.current(), io.properties(), io.credentials());
            lent.forEach(storage -> stores.put(storage.prefix(), storage.options()));
            leases.put(table, new Lease(lent, renewal(lent, now), lease.used()));
        }
    }

    private static @Nullable Instant renewal(List<VendedStorage> lent, Instant now) {
        return lent.stream()
                .map(VendedStorage::expires)
                .filter(Objects::nonNull)
                .min(Instant::compareTo)
                .map(expires -> {
                    Duration third = Duration.between(now, expires).dividedBy(LIFE_PARTS);
                    return expires.minus(third.compareTo(AHEAD) < 0 ? third : AHEAD);
                })
                .orElse(null);
    }

    private void forget(@Nullable TableIdentifier table, @Nullable Lease lease, RemovalCause cause) {
        if (lease != null && cause.wasEvicted()) {
            drop(lease);
        }
    }

    private void drop(Lease lease) {
        lease.storages().forEach(storage -> stores.drop(storage.prefix()));
    }

    @Override
    public void close() throws IOException {
        leases.asMap().values().forEach(this::drop);
        sessions.close();
    }
}
