package dev.bowyer.dataset.iceberg;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bowyer.dataset.ObjectStores;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.jdbc.JdbcCatalog;

/// A catalog in a database, which is never written: neither are its tables made, nor its schema brought up to
/// date, nor a missing SQLite file created.
final class JdbcCatalogClient implements CatalogClient {
    /// Tables whose metadata is kept, so that a look at them costs a query of the database.
    private static final int MAX_KNOWN_TABLES = 1000;

    /// Iceberg asks for one; it matters only to who makes tables.
    private static final String NO_WAREHOUSE = "file:///nowhere";

    private final JdbcCatalog catalog;
    private final Cache<TableIdentifier, Known> tables =
            Caffeine.newBuilder().maximumSize(MAX_KNOWN_TABLES).build();

    /// @param operations not thread-safe
    private record Known(TableOperations operations, ReentrantLock lock) {}

    JdbcCatalogClient(CatalogSettings settings, ObjectStores stores) {
        catalog = new JdbcCatalog(properties -> ObjectFileIO.ofCatalog(stores, Map.of()), null, false);
        catalog.initialize(settings.properties().getOrDefault("catalog-name", settings.name()), properties(settings));
    }

    private static Map<String, String> properties(CatalogSettings settings) {
        Map<String, String> properties = new HashMap<>(settings.properties());
        properties.put(CatalogProperties.URI, settings.uri());
        String warehouse = settings.warehouse();
        properties.put(CatalogProperties.WAREHOUSE_LOCATION, warehouse == null ? NO_WAREHOUSE : warehouse);
        properties.put("jdbc.init-catalog-tables", "false");
        properties.remove("jdbc.schema-version");
        long millis = settings.timeout().toMillis();
        String seconds = Long.toString(Math.max(1, millis / 1000));
        if (settings.uri().startsWith("jdbc:sqlite:")) {
            properties.putIfAbsent("jdbc.busy_timeout", Long.toString(millis));
            // SQLITE_OPEN_READONLY
            properties.putIfAbsent("jdbc.open_mode", "1");
        } else if (settings.uri().startsWith("jdbc:postgresql:")) {
            properties.putIfAbsent("jdbc.loginTimeout", seconds);
            properties.putIfAbsent("jdbc.connectTimeout", seconds);
            properties.putIfAbsent("jdbc.socketTimeout", seconds);
        }
        return properties;
    }

    @Override
    public List<Namespace> namespaces(Namespace parent) {
        return catalog.listNamespaces(parent);
    }

    @Override
    public List<TableIdentifier> tables(Namespace namespace) {
        return catalog.listTables(namespace);
    }

    @Override
    public TableMetadata load(TableIdentifier table) {
        Known known = tables.getIfPresent(table);
        if (known == null) {
            return loadAnew(table);
        }
        try {
            return refreshed(known);
        } catch (RuntimeException e) {
            // Dropped, perhaps made anew: what is known is of no use.
            tables.invalidate(table);
            return loadAnew(table);
        }
    }

    private TableMetadata loadAnew(TableIdentifier table) {
        TableOperations operations = CatalogClient.operations(table, catalog.loadTable(table));
        TableMetadata metadata = operations.current();
        tables.put(table, new Known(operations, new ReentrantLock()));
        return metadata;
    }

    private static TableMetadata refreshed(Known known) {
        known.lock().lock();
        try {
            return known.operations().refresh();
        } finally {
            known.lock().unlock();
        }
    }

    @Override
    public void close() throws IOException {
        catalog.close();
    }
}
