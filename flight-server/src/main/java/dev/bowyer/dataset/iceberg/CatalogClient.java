package dev.bowyer.dataset.iceberg;

import java.io.IOException;
import java.util.List;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;

/// A connection to a catalog. Thread-safe; blocks, and throws whatever Iceberg's clients do.
sealed interface CatalogClient extends AutoCloseable permits JdbcCatalogClient, RestCatalogClient {
    /// Directly below `parent`, which may be empty.
    List<Namespace> namespaces(Namespace parent);

    List<TableIdentifier> tables(Namespace namespace);

    /// The current metadata: the same object as before, or one of the same file, if nothing was committed.
    TableMetadata load(TableIdentifier table);

    @Override
    void close() throws IOException;
}
