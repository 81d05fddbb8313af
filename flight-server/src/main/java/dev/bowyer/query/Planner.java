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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// From a statement to a plan over the data of this moment. Blocks: planning looks at the files of the
/// datasets named, so that every plan sees the files that lie there then.
final class Planner {
    private static final String INFORMATION_SCHEMA = "information_schema";

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

        /// The names of all that the statement reads.
        List<DatasetName> reads() {
            return Stream.concat(datasets.stream(), extra.stream().map(Dataset::name))
                    .toList();
        }

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
        List<Dataset> named = ofOneVersion(datasetsOf(request, tables), versions);
        boolean readsCatalog = named.size() < tables.size() || named.isEmpty();
        CatalogSnapshot snapshot = lists(request, tables) ? catalog.listed() : catalog.current();
        List<DatasetName> registered = new ArrayList<>();
        List<Dataset> extra = new ArrayList<>();
        for (Dataset wanted : named) {
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

    /// Each in the version that was announced or, of a table and rows about it, both in the table's: between
    /// two looks at a table there may have been a commit.
    private List<Dataset> ofOneVersion(List<Dataset> named, Map<DatasetName, String> announced) {
        Map<DatasetName, String> seen = new HashMap<>();
        named.forEach(dataset -> {
            String version = dataset.table().version();
            if (version != null) {
                seen.put(dataset.name(), version);
            }
        });
        return named.stream()
                .map(dataset -> {
                    String version = announced.get(dataset.name());
                    if (version == null && dataset.describes() != null) {
                        version = seen.get(dataset.describes());
                    }
                    return version == null ? dataset : catalog.at(dataset, version);
                })
                .toList();
    }

    /// Whether the statement lists what is registered, so that mounted catalogs have to be asked.
    private static boolean lists(QueryRequest request, List<QueryEngine.TableReference> tables) {
        return request.sql().stripLeading().regionMatches(true, 0, "SHOW", 0, "SHOW".length())
                || tables.stream().anyMatch(table -> INFORMATION_SCHEMA.equalsIgnoreCase(table.schema()))
                || INFORMATION_SCHEMA.equalsIgnoreCase(request.options().defaultNamespace());
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
            case Statement.Sql _ -> {
                Map<DatasetName, Dataset> found = new LinkedHashMap<>();
                for (QueryEngine.TableReference table : tables) {
                    spellings(table, request.options().defaultNamespace())
                            .flatMap(name -> catalog.find(name).stream())
                            .findFirst()
                            .ifPresent(dataset -> found.putIfAbsent(dataset.name(), dataset));
                }
                yield List.copyOf(found.values());
            }
            case Statement.Scan scan -> List.of(catalog.require(scan.dataset()));
        };
    }

    /// The names that a table may mean, the one as written first.
    private static Stream<DatasetName> spellings(QueryEngine.TableReference table, String defaultNamespace) {
        String schema = table.schema() == null ? defaultNamespace : table.schema();
        boolean isOurs = table.catalog() == null || DatasetName.CATALOG.equalsIgnoreCase(table.catalog());
        String namespace = isOurs ? schema : table.catalog() + "." + schema;
        return spellings(namespace)
                .flatMap(spelled -> spellings(table.table())
                        .filter(name -> DatasetName.isValid(spelled) && DatasetName.isValid(name))
                        .map(name -> new DatasetName(spelled, name)));
    }

    /// SQL folds an unquoted name to lower case; a reference does not tell whether it was quoted. What stands
    /// behind `@` is no name.
    private static Stream<String> spellings(String written) {
        int at = written.indexOf('@');
        String name = at < 0 ? written : written.substring(0, at);
        String folded = name.toLowerCase(Locale.ROOT) + written.substring(name.length());
        return written.equals(folded) ? Stream.of(written) : Stream.of(written, folded);
    }
}
