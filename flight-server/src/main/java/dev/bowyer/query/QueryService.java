package dev.bowyer.query;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Table;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The whole life of a query; read this first. A statement is announced (planned and kept for a while under
/// an id), then run by that id. Thread-safe. Announcing, describing and starting block the calling thread
/// while the engine plans, so that should be a platform thread; reading a [Query] never blocks.
///
/// Planning looks at the files of the datasets named, so every announced query sees the files that lie there
/// at that moment, and a run of it the same ones.
public final class QueryService implements AutoCloseable {
    private static final String INFORMATION_SCHEMA = "information_schema";

    private final Catalog catalog;
    private final QueryEngine engine;
    private final ExecutionLimits limits;
    private final QueryListener listener;
    private final PlannedQueries planned = new PlannedQueries();
    private final RunningQueries running = new RunningQueries();

    public QueryService(Catalog catalog, QueryEngine engine, ExecutionLimits limits, QueryListener listener) {
        this.catalog = catalog;
        this.engine = engine;
        this.limits = limits;
        this.listener = listener;
    }

    /// Plans without keeping anything: for a schema alone.
    ///
    /// @throws ServiceException as [QueryEngine#plan] and [QueryEngine#tablesOf]
    public PlannedQuery describe(QueryRequest request) {
        String id = QueryIds.fresh();
        Planned it = plan(begin(id, request), request);
        try (Plan _ = it.plan()) {
            return describe(id, request, it);
        }
    }

    /// Plans and keeps the plan for a run under [PlannedQuery#id].
    ///
    /// @throws ServiceException as [#describe]; UNSUPPORTED if the statement has parameters
    public PlannedQuery announce(QueryRequest request) {
        Query.Begin begin = begin(QueryIds.fresh(), request);
        Planned it = runnable(begin, plan(begin, request));
        PlannedQuery announced = describe(begin.queryId(), request, it);
        planned.put(announced.id(), new SharedPlan(it.plan()));
        return announced;
    }

    /// Starts a query. The caller owns the result and must close it.
    ///
    /// @param announcedId the id it was announced under, by this or another replica; null: not announced
    /// @param ready told whenever reading on is worth it; see [ReadyListener]
    /// @throws ServiceException as [#announce]; INVALID_TICKET for an id that is none; SOURCE_CHANGED if the
    ///     plan is gone and planning again gives another schema than was announced
    public Query run(@Nullable String announcedId, QueryRequest request, ReadyListener ready) {
        if (announcedId != null && !QueryIds.wellFormed(announcedId)) {
            throw new ServiceException(ErrorCode.INVALID_TICKET, "the ticket was not issued by this server");
        }
        Query.Begin begin = begin(announcedId == null ? QueryIds.fresh() : announcedId, request);
        listener.on(new QueryEvent.Begun(begin.queryId(), begin.sql()));
        RunningQueries.Place place = running.enter(begin.queryId());
        try {
            SharedPlan plan = announcedId == null ? null : planned.find(announcedId);
            if (plan == null) {
                plan = new SharedPlan(planAgain(begin, request));
            }
            return open(begin, plan, place, ready);
        } catch (RuntimeException | Error e) {
            place.leave();
            throw e;
        }
    }

    /// Stops what runs or starts under `queryId` and forgets its plan. What has run to its end cannot be
    /// cancelled any more.
    ///
    /// A cancel does not void the ticket: that carries its statement, and any replica would run it. Whoever
    /// redeems it afterwards starts a new run, planned anew over the files of that moment.
    ///
    /// @throws ServiceException QUERY_NOT_FOUND if nothing under that id runs, starts or waits to be run
    public void cancel(String queryId) {
        boolean waited = planned.forget(queryId);
        if (!running.cancel(queryId) && !waited) {
            throw new ServiceException(ErrorCode.QUERY_NOT_FOUND, "no query \"" + queryId + "\" is planned or running");
        }
    }

    public RunningQueries running() {
        return running;
    }

    /// Cancels what runs, without waiting for its readers, and forgets every plan. The engine stays open.
    @Override
    public void close() {
        running.cancelAll();
        planned.close();
    }

    /// Takes over the caller's hold of `plan`.
    private Query open(Query.Begin begin, SharedPlan plan, RunningQueries.Place place, ReadyListener ready) {
        try {
            BatchStream stream = engine.execute(plan.plan(), limits, ready);
            Query query = new Query(begin, plan.plan().schema(), stream, ended -> {
                place.leave();
                listener.on(ended);
            });
            place.fill(query);
            return query;
        } catch (RuntimeException | Error e) {
            throw failed(begin, e);
        } finally {
            plan.release();
        }
    }

    private Plan planAgain(Query.Begin begin, QueryRequest request) {
        Plan plan = runnable(begin, plan(begin, request)).plan();
        if (!QueryIds.matches(begin.queryId(), plan.schema())) {
            plan.close();
            throw failed(
                    begin,
                    new ServiceException(
                            ErrorCode.SOURCE_CHANGED,
                            "the columns of the result have changed since the query was announced",
                            "ask for the flight info again"));
        }
        return plan;
    }

    /// @param table as [PlannedQuery#table]
    private record Planned(Plan plan, @Nullable Table table) {}

    private Planned plan(Query.Begin begin, QueryRequest request) {
        try {
            List<DatasetName> datasets = switch (request) {
                case QueryRequest.Sql(String sql) -> datasetsOf(engine.tablesOf(sql));
                case QueryRequest.Scan(DatasetName name) ->
                    List.of(catalog.current().require(name).name());
            };
            CatalogSnapshot snapshot = catalog.refresh(datasets);
            Table table = switch (request) {
                case QueryRequest.Sql _ -> null;
                case QueryRequest.Scan(DatasetName name) ->
                    snapshot.require(name).table();
            };
            return new Planned(engine.plan(snapshot, request.sql()), table);
        } catch (RuntimeException | Error e) {
            throw failed(begin, e);
        }
    }

    /// The registered ones among the tables that a statement names; the engine refuses the others with their
    /// position.
    private List<DatasetName> datasetsOf(List<QueryEngine.TableReference> tables) {
        CatalogSnapshot snapshot = catalog.current();
        List<DatasetName> datasets = new ArrayList<>();
        for (QueryEngine.TableReference table : tables) {
            boolean elsewhere = table.catalog() != null && !DatasetName.CATALOG.equalsIgnoreCase(table.catalog());
            if (elsewhere || INFORMATION_SCHEMA.equalsIgnoreCase(table.schema())) {
                continue;
            }
            String namespace = table.schema() == null ? DatasetName.DEFAULT_NAMESPACE : table.schema();
            snapshot.datasets().stream()
                    .map(dataset -> dataset.name())
                    .filter(name -> sameName(name.namespace(), namespace) && sameName(name.table(), table.table()))
                    .forEach(datasets::add);
        }
        return datasets;
    }

    /// SQL folds an unquoted name to lower case; a reference does not tell whether it was quoted.
    private static boolean sameName(String registered, String written) {
        return registered.equals(written) || registered.equals(written.toLowerCase(Locale.ROOT));
    }

    private Planned runnable(Query.Begin begin, Planned it) {
        int parameters = it.plan().parameters().getFields().size();
        if (parameters == 0) {
            return it;
        }
        it.plan().close();
        throw failed(
                begin,
                new ServiceException(
                        ErrorCode.UNSUPPORTED,
                        "the statement has " + parameters + " parameter(s) and this server does not bind parameters",
                        "write the values into the statement"));
    }

    private static PlannedQuery describe(String id, QueryRequest request, Planned it) {
        Plan plan = it.plan();
        return new PlannedQuery(
                QueryIds.announcing(id, plan.schema()), request, plan.schema(), plan.parameters(), it.table());
    }

    private static Query.Begin begin(String id, QueryRequest request) {
        return new Query.Begin(id, request.sql(), System.nanoTime());
    }

    private ServiceException failed(Query.Begin begin, Throwable failure) {
        ServiceException error = Query.asServiceException(failure);
        listener.on(new QueryEvent.Ended(
                begin.queryId(), begin.sql(), new QueryEvent.Failed(error), Query.NOTHING, begin.elapsed()));
        return error;
    }
}
