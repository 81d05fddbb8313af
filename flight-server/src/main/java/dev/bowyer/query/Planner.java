package dev.bowyer.query;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Table;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// From a statement to a plan over the data of this moment. Blocks: planning looks at the files of the datasets
/// named, so that every plan sees the files that lie there then.
final class Planner {
    private final Catalog catalog;
    private final QueryEngine engine;

    Planner(Catalog catalog, QueryEngine engine) {
        this.catalog = catalog;
        this.engine = engine;
    }

    /// A plan and what it was planned over.
    ///
    /// @param plan held once, by the caller
    /// @param readsCatalog whether it also reads what is registered: `information_schema`
    /// @param table as [PlannedQuery#table]
    record Planned(
            SharedPlan plan,
            CatalogSnapshot snapshot,
            List<DatasetName> datasets,
            boolean readsCatalog,
            @Nullable Table table) {}

    /// @throws dev.bowyer.error.ServiceException as [QueryEngine#plan] and [QueryEngine#tablesOf]
    Planned plan(QueryRequest request) {
        List<QueryEngine.TableReference> tables =
                request.statement() instanceof Statement.Sql(String sql) ? engine.tablesOf(sql) : List.of();
        List<DatasetName> datasets = datasetsOf(request, tables);
        boolean readsCatalog = datasets.size() < tables.size() || datasets.isEmpty();
        CatalogSnapshot snapshot = catalog.refresh(datasets);
        SharedPlan plan = new SharedPlan(engine.plan(snapshot, request.statement(), request.options()));
        return new Planned(plan, snapshot, datasets, readsCatalog, wholeTable(request.statement(), snapshot));
    }

    /// Whether planning the statement again would give what `planned` is. Looks at the files.
    boolean isCurrent(Planned planned) {
        CatalogSnapshot now = catalog.refresh(planned.datasets());
        if (planned.readsCatalog() || now == planned.snapshot()) {
            return now == planned.snapshot();
        }
        return planned.datasets().stream()
                .allMatch(name -> now.find(name).equals(planned.snapshot().find(name)));
    }

    private static @Nullable Table wholeTable(Statement statement, CatalogSnapshot snapshot) {
        return switch (statement) {
            case Statement.Sql _ -> null;
            case Statement.Scan scan ->
                scan.filter() == null && scan.limit() == null
                        ? snapshot.require(scan.dataset()).table()
                        : null;
        };
    }

    private List<DatasetName> datasetsOf(QueryRequest request, List<QueryEngine.TableReference> tables) {
        return switch (request.statement()) {
            case Statement.Sql _ -> datasetsOf(tables, request.options().defaultNamespace());
            case Statement.Scan scan ->
                List.of(catalog.current().require(scan.dataset()).name());
        };
    }

    /// The registered ones among the tables that a statement names; the engine refuses the others with their
    /// position.
    private List<DatasetName> datasetsOf(List<QueryEngine.TableReference> tables, String defaultNamespace) {
        CatalogSnapshot snapshot = catalog.current();
        List<DatasetName> datasets = new ArrayList<>();
        for (QueryEngine.TableReference table : tables) {
            if (table.catalog() == null || DatasetName.CATALOG.equalsIgnoreCase(table.catalog())) {
                String namespace = table.schema() == null ? defaultNamespace : table.schema();
                spellings(namespace)
                        .forEach(schema -> spellings(table.table())
                                .forEach(name -> find(snapshot, schema, name)
                                        .ifPresent(dataset -> datasets.add(dataset.name()))));
            }
        }
        return datasets;
    }

    private static Optional<Dataset> find(CatalogSnapshot snapshot, String namespace, String table) {
        return DatasetName.isValid(namespace) && DatasetName.isValid(table)
                ? snapshot.find(new DatasetName(namespace, table))
                : Optional.empty();
    }

    /// SQL folds an unquoted name to lower case; a reference does not tell whether it was quoted.
    private static List<String> spellings(String written) {
        String folded = written.toLowerCase(Locale.ROOT);
        return written.equals(folded) ? List.of(written) : List.of(written, folded);
    }
}
