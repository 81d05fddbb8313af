package dev.bowyer.dataset.iceberg;

import java.io.IOException;
import java.util.List;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.NoSuchTableException;

/// A connection to a catalog. Thread-safe; blocks, and throws whatever Iceberg's clients do.
sealed interface CatalogClient extends AutoCloseable permits JdbcCatalogClient, RestCatalogClient {
    /// Directly below `parent`, which may be empty.
    List<Namespace> namespaces(Namespace parent);

    List<TableIdentifier> tables(Namespace namespace);

    /// The current metadata: the same object as before, or one of the same file, if nothing was committed.
    TableMetadata load(TableIdentifier table);

    /// @throws NoSuchTableException for one of Iceberg's tables about a table, which are found by other names
    static TableOperations operations(TableIdentifier name, Table table) {
        if (table instanceof BaseTable base) {
            return base.operations();
        }
        throw new NoSuchTableException("no table %s", name);
    }

    @Override
    void close() throws IOException;
}
