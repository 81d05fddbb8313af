package dev.bowyer.query;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Table;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// From a statement to a plan over the data of this moment. Blocks: planning looks at the files of the
/// datasets named, so that every plan sees the files that lie there then.
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
    /// @param datasets of the snapshot
    /// @param extra what the statement names beside the snapshot: other versions of tables, and rows about
    ///     tables
    /// @param readsCatalog whether it also reads what is registered: `information_schema`
    /// @param table as [PlannedQuery#table]
    record Planned(
            SharedPlan plan,
            CatalogSnapshot snapshot,
            List<DatasetName> datasets,
            List<Dataset> extra,
            boolean readsCatalog,
            @Nullable Table table) {

        /// The versions of the tables that keep any, by name.
        Map<DatasetName, String> versions() {
            Map<DatasetName, String> versions = new HashMap<>();
            Stream.concat(datasets.stream().flatMap(name -> snapshot.find(name).stream()), extra.stream())
                    .forEach(dataset -> {
                        String version = dataset.table().version();
                        if (version != null) {
                            versions.put(dataset.name(), version);
                        }
                    });
            return versions;
        }
    }

    /// @param versions of tables that are to be read as they were announced
    /// @throws dev.bowyer.error.ServiceException as [QueryEngine#plan], [QueryEngine#tablesOf] and
    ///     [Catalog#find]
    Planned plan(QueryRequest request, Map<DatasetName, String> versions) {
        List<QueryEngine.TableReference> tables =
                request.statement() instanceof Statement.Sql(String sql) ? engine.tablesOf(sql) : List.of();
        List<Dataset> named = datasetsOf(request, tables);
        boolean readsCatalog = named.size() < tables.size() || named.isEmpty();
        CatalogSnapshot snapshot = readsCatalog ? catalog.listed() : catalog.current();
        List<DatasetName> registered = new ArrayList<>();
        List<Dataset> extra = new ArrayList<>();
        for (Dataset dataset : named) {
            String version = versions.get(dataset.name());
            Dataset wanted = version == null ? dataset : catalog.at(dataset, version);
            if (snapshot.find(wanted.name()).equals(Optional.of(wanted))) {
                registered.add(wanted.name());
            } else {
                extra.add(wanted);
            }
        }
        Statement statement = request.statement() instanceof Statement.Scan scan
                ? scan.named(named.getFirst().name())
                : request.statement();
        SharedPlan plan = new SharedPlan(engine.plan(snapshot, extra, statement, request.options()));
        Table whole = request.statement() instanceof Statement.Scan scan && isWhole(scan)
                ? named.getFirst().table()
                : null;
        return new Planned(plan, snapshot, List.copyOf(registered), List.copyOf(extra), readsCatalog, whole);
    }

    /// Whether planning the statement again would give what `planned` is. Looks at the files.
    boolean isCurrent(Planned planned) {
        CatalogSnapshot now = catalog.refresh(planned.datasets());
        boolean sameExtra = planned.extra().stream()
                .allMatch(seen -> catalog.find(seen.name()).filter(seen::equals).isPresent());
        if (planned.readsCatalog() || now == planned.snapshot()) {
            return sameExtra && now == planned.snapshot();
        }
        return sameExtra
                && planned.datasets().stream()
                        .allMatch(
                                name -> now.find(name).equals(planned.snapshot().find(name)));
    }

    private static boolean isWhole(Statement.Scan scan) {
        return scan.filter() == null && scan.limit() == null;
    }

    /// Those that there are among the tables that a statement names, each once, after a look at its files;
    /// the engine refuses the others with their position.
    private List<Dataset> datasetsOf(QueryRequest request, List<QueryEngine.TableReference> tables) {
        return switch (request.statement()) {
            case Statement.Sql _ ->
                namesOf(tables, request.options().defaultNamespace()).stream()
                        .flatMap(name -> catalog.find(name).stream())
                        .toList();
            case Statement.Scan scan -> List.of(catalog.require(scan.dataset()));
        };
    }

    private static Set<DatasetName> namesOf(List<QueryEngine.TableReference> tables, String defaultNamespace) {
        Set<DatasetName> names = new LinkedHashSet<>();
        for (QueryEngine.TableReference table : tables) {
            String schema = table.schema() == null ? defaultNamespace : table.schema();
            boolean isOurs = table.catalog() == null || DatasetName.CATALOG.equalsIgnoreCase(table.catalog());
            String namespace = isOurs ? schema : table.catalog() + "." + schema;
            for (String spelled : spellings(namespace)) {
                for (String name : spellings(table.table())) {
                    if (DatasetName.isValid(spelled) && DatasetName.isValid(name)) {
                        names.add(new DatasetName(spelled, name));
                    }
                }
            }
        }
        return names;
    }

    /// SQL folds an unquoted name to lower case; a reference does not tell whether it was quoted.
    private static List<String> spellings(String written) {
        String folded = written.toLowerCase(Locale.ROOT);
        return written.equals(folded) ? List.of(written) : List.of(written, folded);
    }
}
