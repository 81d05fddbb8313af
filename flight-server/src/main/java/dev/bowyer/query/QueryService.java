package dev.bowyer.query;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
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
    private static final QueryMetrics NOTHING = new QueryMetrics(0, 0, 0, 0, 0, Duration.ZERO, Duration.ZERO, false);
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
        try (Plan plan = plan(begin(id, request), request)) {
            return describe(id, request, plan);
        }
    }

    /// Plans and keeps the plan for a run under [PlannedQuery#id].
    ///
    /// @throws ServiceException as [#describe]; UNSUPPORTED if the statement has parameters
    public PlannedQuery announce(QueryRequest request) {
        Query.Begin begin = begin(QueryIds.fresh(), request);
        Plan plan = runnable(begin, plan(begin, request));
        PlannedQuery announced = describe(begin.queryId(), request, plan);
        planned.put(announced.id(), new SharedPlan(plan));
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
        SharedPlan plan = announcedId == null ? null : planned.find(announcedId);
        if (plan == null) {
            plan = new SharedPlan(planAgain(begin, request));
        }
        try {
            BatchStream stream = engine.execute(plan.plan(), limits, ready);
            Query query = new Query(begin, plan.plan().schema(), stream, this::ended);
            running.add(query);
            return query;
        } catch (RuntimeException | Error e) {
            throw failed(begin, e);
        } finally {
            plan.release();
        }
    }

    /// Stops what runs under `queryId` and forgets its plan.
    ///
    /// @throws ServiceException QUERY_NOT_FOUND
    public void cancel(String queryId) {
        boolean forgotten = planned.forget(queryId);
        if (!running.cancel(queryId) && !forgotten) {
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

    private Plan planAgain(Query.Begin begin, QueryRequest request) {
        Plan plan = runnable(begin, plan(begin, request));
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

    private Plan plan(Query.Begin begin, QueryRequest request) {
        try {
            List<DatasetName> datasets = switch (request) {
                case QueryRequest.Sql(String sql) -> datasetsOf(engine.tablesOf(sql));
                case QueryRequest.Scan(DatasetName name) ->
                    List.of(catalog.current().require(name).name());
            };
            CatalogSnapshot snapshot = catalog.refresh(datasets);
            return engine.plan(snapshot, request.sql());
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

    private Plan runnable(Query.Begin begin, Plan plan) {
        int parameters = plan.parameters().getFields().size();
        if (parameters == 0) {
            return plan;
        }
        plan.close();
        throw failed(
                begin,
                new ServiceException(
                        ErrorCode.UNSUPPORTED,
                        "the statement has " + parameters + " parameter(s) and this server does not bind parameters",
                        "write the values into the statement"));
    }

    private static PlannedQuery describe(String id, QueryRequest request, Plan plan) {
        return new PlannedQuery(QueryIds.announcing(id, plan.schema()), request, plan.schema(), plan.parameters());
    }

    private static Query.Begin begin(String id, QueryRequest request) {
        return new Query.Begin(id, request.sql(), System.nanoTime());
    }

    private ServiceException failed(Query.Begin begin, Throwable failure) {
        ServiceException error = Query.asServiceException(failure);
        listener.on(new QueryEvent.Ended(
                begin.queryId(), begin.sql(), new QueryEvent.Failed(error), NOTHING, begin.elapsed()));
        return error;
    }

    private void ended(Query query, QueryEvent.Ended event) {
        running.remove(query);
        listener.on(event);
    }
}
