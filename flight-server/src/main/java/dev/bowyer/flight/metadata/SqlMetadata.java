package dev.bowyer.flight.metadata;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.wire.RootStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// Answers the metadata commands from the current catalog snapshot, in the order that Flight SQL prescribes.
/// There is one catalog, its namespaces are the schemas, and every dataset is a table.
public final class SqlMetadata {
    static final String TABLE_TYPE = "TABLE";
    /// Other spellings of [#TABLE_TYPE] that clients filter by, compared without case.
    private static final List<String> TABLE_TYPES = List.of(TABLE_TYPE, "BASE TABLE");

    /// Most tables of mounted catalogs that one listing with columns opens.
    static final int MAX_OPENED = 20;

    private static final System.Logger LOG = System.getLogger(SqlMetadata.class.getName());
    private static final Schema NO_COLUMNS = new Schema(List.of());

    private final Catalog catalog;
    private final BufferAllocator allocator;
    private final SqlInfoTable sqlInfo;

    /// @param serverVersion as GetSqlInfo reports it
    public SqlMetadata(Catalog catalog, BufferAllocator allocator, String serverVersion) {
        this.catalog = catalog;
        this.allocator = allocator;
        this.sqlInfo = new SqlInfoTable(serverVersion);
    }

    /// @return schema and rows; the caller closes it
    public RootStream<?> answer(SqlCommand.Metadata command) {
        return switch (command) {
            case SqlCommand.GetSqlInfo(List<Integer> ids) -> sqlInfo.select(allocator, ids);
            case SqlCommand.GetXdbcTypeInfo(Integer dataType) -> XdbcTypes.select(allocator, dataType);
            case SqlCommand.GetCatalogs() -> names(Schemas.GET_CATALOGS_SCHEMA, Stream.of(DatasetName.CATALOG));
            case SqlCommand.GetTableTypes() -> names(Schemas.GET_TABLE_TYPES_SCHEMA, Stream.of(TABLE_TYPE));
            case SqlCommand.GetDbSchemas(String wanted, String pattern) -> schemas(wanted, pattern);
            case SqlCommand.GetTables tables -> tables(tables);
            case SqlCommand.GetPrimaryKeys() -> names(Schemas.GET_PRIMARY_KEYS_SCHEMA, Stream.empty());
            case SqlCommand.GetForeignKeys _ -> names(Schemas.GET_EXPORTED_KEYS_SCHEMA, Stream.empty());
        };
    }

    private RootStream<String> names(Schema schema, Stream<String> names) {
        return new RootStream<>(
                allocator, schema, names.iterator(), (root, index, name) -> setText(root, 0, index, name));
    }

    private RootStream<String> schemas(@Nullable String wantedCatalog, @Nullable String pattern) {
        Stream<String> namespaces = names(wantedCatalog, pattern)
                .map(DatasetName::namespace)
                .distinct()
                .sorted();
        return new RootStream<>(
                allocator,
                Schemas.GET_SCHEMAS_SCHEMA,
                namespaces.iterator(),
                (root, index, namespace) ->
                        setText(root, 0, index, DatasetName.CATALOG) + setText(root, 1, index, namespace));
    }

    private RootStream<DatasetName> tables(SqlCommand.GetTables wanted) {
        boolean typeWanted = wanted.types().isEmpty()
                || wanted.types().stream().anyMatch(type -> TABLE_TYPES.stream().anyMatch(type::equalsIgnoreCase));
        Predicate<String> table = filter(wanted.tablePattern());
        Stream<DatasetName> found =
                names(wanted.catalog(), wanted.schemaPattern()).filter(name -> typeWanted && table.test(name.table()));
        if (!wanted.withSchema()) {
            return new RootStream<>(
                    allocator, Schemas.GET_TABLES_SCHEMA_NO_SCHEMA, found.iterator(), SqlMetadata::setTable);
        }
        List<DatasetName> listed = found.toList();
        CatalogSnapshot snapshot = opened(listed);
        TableSchemas schemas = new TableSchemas();
        return new RootStream<>(
                allocator,
                Schemas.GET_TABLES_SCHEMA,
                listed.iterator(),
                (root, index, name) -> setTable(root, index, name)
                        + setBytes(root, 4, index, schemas.encode(schemaOf(snapshot, name), name)));
    }

    private static Schema schemaOf(CatalogSnapshot snapshot, DatasetName name) {
        return snapshot.find(name).map(dataset -> dataset.table().schema()).orElse(NO_COLUMNS);
    }

    /// Opens tables of mounted catalogs that nobody has used so far, when they are few: tools ask for the
    /// columns of one table, or of all. One that cannot be opened must not hide the others: it has no
    /// columns.
    private CatalogSnapshot opened(List<DatasetName> names) {
        CatalogSnapshot snapshot = catalog.current();
        List<DatasetName> unopened =
                names.stream().filter(snapshot.unopened()::contains).toList();
        if (unopened.size() > MAX_OPENED) {
            return snapshot;
        }
        for (DatasetName name : unopened) {
            try {
                var _ = catalog.find(name);
            } catch (ServiceException e) {
                LOG.log(System.Logger.Level.WARNING, "{0} is listed without columns: {1}", name, e.describe());
            }
        }
        return catalog.current();
    }

    /// In order of namespace and table. An empty catalog means objects without one, of which there are none;
    /// an empty schema pattern is what some clients send for "any".
    private Stream<DatasetName> names(@Nullable String wantedCatalog, @Nullable String schemaPattern) {
        if (wantedCatalog != null && !wantedCatalog.equals(DatasetName.CATALOG)) {
            return Stream.empty();
        }
        Predicate<String> namespace = filter(schemaPattern == null || schemaPattern.isEmpty() ? null : schemaPattern);
        return catalog.listed().names().stream().filter(name -> namespace.test(name.namespace()));
    }

    private static Predicate<String> filter(@Nullable String pattern) {
        return pattern == null ? _ -> true : new LikePattern(pattern)::matches;
    }

    private static int setTable(VectorSchemaRoot root, int index, DatasetName name) {
        return setText(root, 0, index, DatasetName.CATALOG)
                + setText(root, 1, index, name.namespace())
                + setText(root, 2, index, name.table())
                + setText(root, 3, index, TABLE_TYPE);
    }

    private static int setText(VectorSchemaRoot root, int column, int index, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ((VarCharVector) root.getVector(column)).setSafe(index, bytes);
        return bytes.length;
    }

    private static int setBytes(VectorSchemaRoot root, int column, int index, ByteBuffer bytes) {
        ((VarBinaryVector) root.getVector(column)).setSafe(index, bytes, 0, bytes.limit());
        return bytes.limit();
    }
}
