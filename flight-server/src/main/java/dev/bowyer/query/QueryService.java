package dev.bowyer.query;

import dev.bowyer.access.Caller;
import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.ExplainFormat;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// The whole life of a query; read this first. A statement is announced (planned and kept for a while under
/// an id), then run by that id. A prepared statement is announced any number of times, with values bound to
/// it, and planned once. Thread-safe. What plans (all but [#cancel] and the reading of a [Query]) blocks the
/// calling thread, so that should be a platform thread.
public final class QueryService implements AutoCloseable {
    /// Most bytes of the values bound to one statement; they travel in its handle and tickets.
    public static final int MAX_PARAMETER_BYTES = 256 * 1024;

    /// How long a query that a poll started waits for the next poll or for its reader.
    public static final Duration POLL_IDLE = StartedQueries.IDLE;

    private final Planning planning;
    private final QueryEngine engine;
    private final ExecutionLimits limits;
    private final AdmissionControl admission;
    private final Opening opening;
    private final QueryListener listener;
    private final PlannedQueries planned = new PlannedQueries();
    private final PreparedStatements prepared = new PreparedStatements();
    private final StartedQueries started;
    private final RunningQueries running = new RunningQueries();
    private final CancelledQueries cancelled = new CancelledQueries();
    private final Executor lookAhead = ForkJoinPool.commonPool();
    private final ReentrantLock starts = new ReentrantLock();

    public QueryService(
            Catalog catalog,
            QueryEngine engine,
            ExecutionLimits limits,
            AdmissionControl admission,
            QueryListener listener) {
        this.planning = new Planning(new Planner(catalog, engine), prepared, listener);
        this.engine = engine;
        this.limits = limits;
        this.admission = admission;
        this.opening = new Opening(planning, engine, limits, admission, listener);
        this.listener = listener;
        this.started = new StartedQueries(System::nanoTime, admission.limits().concurrent());
    }

    /// Plans for the schema alone.
    ///
    /// @throws ServiceException as [QueryEngine#plan] and [QueryEngine#tablesOf]; QUERY_NOT_FOUND for a
    ///     prepared statement that was closed
    public PlannedQuery describe(QueryRequest request) {
        Query.Begin begin = begin(QueryIds.fresh(), request);
        Planner.Planned it = plan(begin, request);
        try {
            return PlannedQuery.of(begin.queryId(), request, it, 1);
        } finally {
            it.plan().release();
        }
    }

    /// How a statement is going to run, as text. Runs nothing: [ExplainFormat#ANALYZE] is refused, since that
    /// is a query like any other.
    ///
    /// @throws ServiceException as [#describe]; INVALID_ARGUMENT for ANALYZE
    public String explain(QueryRequest request, ExplainFormat format) {
        if (format == ExplainFormat.ANALYZE) {
            throw new ServiceException(ErrorCode.INVALID_ARGUMENT, "EXPLAIN ANALYZE is to be run as a statement");
        }
        Query.Begin begin = begin(QueryIds.fresh(), request);
        Planner.Planned it = plan(begin, request);
        try {
            return engine.explain(it.plan().plan(), format, limits);
        } catch (RuntimeException | Error e) {
            throw failed(begin, e);
        } finally {
            it.plan().release();
        }
    }

    /// As [#describe], and keeps the plan for uses of the statement: those of the result's request.
    public PlannedQuery prepare(QueryRequest request) {
        return describe(request.ofPrepared(QueryIds.fresh()));
    }

    /// Checks values against the parameters of a prepared statement, and remembers them as bound last.
    ///
    /// @param ipcStream an Arrow IPC stream of one row; empty: no values
    /// @return `request` with the values, cast to the parameters' types
    /// @throws ServiceException as [#describe] and [Plan#bind]; LIMIT_REACHED over [#MAX_PARAMETER_BYTES]
    public QueryRequest bind(QueryRequest request, byte[] ipcStream) {
        Query.Begin begin = begin(QueryIds.fresh(), request);
        Planner.Planned it = plan(begin, request);
        try {
            Plan plan = it.plan().plan();
            if (ipcStream.length == 0 && plan.parameters().getFields().isEmpty()) {
                return request;
            }
            if (ipcStream.length == 0) {
                throw Planning.unbound(plan);
            }
            byte[] values = plan.bind(ipcStream);
            if (values.length > MAX_PARAMETER_BYTES) {
                String size = values.length + " bytes (limit: " + MAX_PARAMETER_BYTES + ")";
                throw new ServiceException(ErrorCode.LIMIT_REACHED, "parameter-bytes: the values take " + size);
            }
            if (request.statementId() != null && !request.sharesPlan()) {
                prepared.bound(request.statementId(), values);
            }
            return request.withParameters(values);
        } catch (RuntimeException | Error e) {
            throw failed(begin, e);
        } finally {
            it.plan().release();
        }
    }

    /// Forgets a prepared statement. Queries announced from it stay. Idempotent.
    public void closePrepared(String statementId) {
        prepared.forget(statementId);
    }

    /// Plans and keeps the plan for a run under [PlannedQuery#id]. A prepared statement is planned again only
    /// when its data has changed, and takes the values bound last if `request` has none.
    ///
    /// @param parts into how many runs the caller would divide the rows, at most
    /// @throws ServiceException as [#describe]; INVALID_ARGUMENT if the statement has parameters without
    ///     values
    public PlannedQuery announce(QueryRequest request, int parts) {
        Query.Begin begin = begin(QueryIds.fresh(), request);
        Planner.Planned it = planning.planRun(begin, request);
        try {
            QueryRequest bound = planning.bound(request, it.plan().plan());
            PlannedQuery announced = PlannedQuery.of(begin.queryId(), bound, it, parts);
            planned.put(announced, it.plan());
            return announced;
        } catch (RuntimeException | Error e) {
            it.plan().release();
            throw failed(begin, e);
        }
    }

    /// Starts a query that was not announced, and waits for its turn. The caller owns the result and must close it.
    ///
    /// @param ready told whenever reading on is worth it; see [ReadyListener]
    /// @throws ServiceException as [#announce]; LIMIT_REACHED if too many queries run and wait, UNAVAILABLE if the
    ///     server is stopping, CANCELLED after [#cancel]
    public Query run(QueryRequest request, ReadyListener ready) {
        return start(request, ready).awaitTurn();
    }

    /// Starts a query that was announced, by this or another replica. As the other, and:
    ///
    /// @throws ServiceException CANCELLED after [#cancel]; SOURCE_CHANGED if the plan is gone and planning
    ///     again gives other columns, or other data for one part of several
    public Query run(Announcement announced, ReadyListener ready) {
        return start(announced, ready).awaitTurn();
    }

    /// As [#run(QueryRequest, ReadyListener)] without waiting: [Query#turn] tells when the query runs. Until then
    /// it can be read, and has nothing.
    public Query start(QueryRequest request, ReadyListener ready) {
        Opening.Run run = new Opening.Run(begin(QueryIds.fresh(), request), request, 0, 1, ready, null);
        return run(run, () -> planning.planRun(run.begin(), request).plan());
    }

    /// As [#run(Announcement, ReadyListener)] without waiting.
    public Query start(Announcement announced, ReadyListener ready) {
        StartedQueries.Started ahead = announced.isWhole() ? started.take(announced.id()) : null;
        if (ahead != null) {
            ahead.stream().readBy(ready);
            return ahead.query();
        }
        return run(announced, ready, null);
    }

    /// Where a query stands that was started by [#poll].
    ///
    /// @param schema of its rows
    /// @param share of its input that has been read, 0 to 1; -1 not known
    /// @param isReady whether its first rows wait, so that fetching it waits for nothing
    public record Progress(Schema schema, double share, boolean isReady) {}

    /// Starts a query, unless that has been done, and tells how far it is: at once when rows are there, or
    /// after `wait`. It then waits for [#run], and is cancelled after [#POLL_IDLE] without a poll.
    ///
    /// @return fails with the failure of the query
    /// @throws ServiceException as [#run]; LIMIT_REACHED if too many wait already; CANCELLED after [#cancel]
    public CompletableFuture<Progress> poll(Announcement announced, Duration wait) {
        StartedQueries.Started polled = startOrJoin(announced);
        return polled.stream()
                .settled()
                .thenApply(Optional::of)
                .completeOnTimeout(Optional.empty(), wait.toMillis(), TimeUnit.MILLISECONDS)
                .thenApplyAsync(settled -> progress(announced.id(), polled, settled.orElse(null)), lookAhead);
    }

    /// Stops what runs or starts under `queryId` and forgets its plan. What has run to its end cannot be
    /// cancelled any more.
    ///
    /// Whoever redeems its ticket afterwards, here, is told that it was cancelled. Other replicas do not
    /// know.
    ///
    /// @throws ServiceException QUERY_NOT_FOUND if nothing under that id runs, starts or waits to be run;
    ///     PERMISSION_DENIED if it is somebody else's
    public void cancel(Caller caller, String queryId) {
        String owner = running.callerOf(queryId);
        owner = owner == null ? planned.callerOf(queryId) : owner;
        if (owner != null && !owner.equals(caller.name())) {
            throw new ServiceException(
                    ErrorCode.PERMISSION_DENIED, "query \"" + queryId + "\" does not belong to " + caller.name());
        }
        // First, so that a run which begins meanwhile sees it.
        boolean isNew = cancelled.add(queryId);
        StartedQueries.Started unread = started.take(queryId);
        boolean waited = planned.forget(queryId);
        boolean ran = running.cancel(queryId);
        if (unread != null) {
            unread.end();
        }
        if (!ran && !waited) {
            if (isNew) {
                cancelled.remove(queryId);
            }
            throw new ServiceException(ErrorCode.QUERY_NOT_FOUND, "no query \"" + queryId + "\" is planned or running");
        }
    }

    public RunningQueries running() {
        return running;
    }

    /// Refuses what waits for its turn and whatever comes: the server is stopping. What runs goes on. Idempotent.
    public void refuse() {
        admission.stop();
    }

    /// Ends what runs or starts with `reason`, without waiting for its readers.
    public void stop(ServiceException reason) {
        running.stopAll(reason);
    }

    /// Cancels what runs, without waiting for its readers, and forgets every plan. The engine stays open.
    @Override
    public void close() {
        try (prepared;
                planned;
                started) {
            running.cancelAll();
        }
    }

    private Query run(Announcement announced, ReadyListener ready, @Nullable Prefetch ahead) {
        QueryRequest request = announced.request();
        Query.Begin begin = begin(announced.id(), request);
        return run(new Opening.Run(begin, request, announced.part(), announced.parts(), ready, ahead), () -> {
            try {
                cancelled.requireNot(announced.id());
            } catch (ServiceException e) {
                throw failed(begin, e);
            }
            SharedPlan known = planned.find(announced.id(), announced.part());
            return known == null ? planAgain(begin, announced) : known;
        });
    }

    private Query run(Opening.Run run, Supplier<SharedPlan> planning) {
        Query.Begin begin = run.begin();
        listener.on(new QueryEvent.Begun(begin.identity()));
        RunningQueries.Place place = running.enter(begin);
        try {
            return opening.open(run, planning.get(), place);
        } catch (RuntimeException | Error e) {
            place.leave();
            throw e;
        }
    }

    /// One start at a time, so that two polls of one query start it once and the limit holds.
    private StartedQueries.Started startOrJoin(Announcement announced) {
        starts.lock();
        try {
            StartedQueries.Started known = started.find(announced.id());
            if (known != null) {
                return known;
            }
            started.requireRoom();
            Prefetch stream = new Prefetch(lookAhead);
            Query query = run(announced, stream::streamReady, stream);
            StartedQueries.Started now = new StartedQueries.Started(query, stream);
            started.put(announced.id(), now);
            return now;
        } finally {
            starts.unlock();
        }
    }

    /// @param settled null: the query still computes
    private Progress progress(String id, StartedQueries.Started polled, Prefetch.@Nullable Settled settled) {
        Query query = polled.query();
        return switch (settled) {
            case null -> new Progress(query.schema(), query.metrics().progress(), false);
            case Prefetch.Settled.Ready _ -> new Progress(query.schema(), 1, true);
            case Prefetch.Settled.Closed _ ->
                throw new ServiceException(ErrorCode.CANCELLED, "the query was cancelled").ofQuery(id);
            case Prefetch.Settled.Failed(Throwable failure) -> {
                if (started.take(id, polled)) {
                    // Says so to the listener, which this throws past.
                    try (query) {
                        query.next();
                    }
                }
                throw Query.asServiceException(failure).ofQuery(id);
            }
        };
    }

    private SharedPlan planAgain(Query.Begin begin, Announcement announced) {
        Planner.Planned it = planning.plan(begin, announced.request(), announced.versions());
        Plan plan = it.plan().plan();
        String changed = announced.announces(plan.schema()) ? null : "the columns of the result have";
        if (!announced.isWhole() && !announced.dataVersion().equals(plan.dataVersion())) {
            changed = "the files behind the result have";
        }
        if (changed == null) {
            return it.plan();
        }
        it.plan().release();
        String message = changed + " changed since the query was announced";
        throw failed(begin, new ServiceException(ErrorCode.SOURCE_CHANGED, message, "ask for the flight info again"));
    }

    /// The caller has to release the plan.
    private Planner.Planned plan(Query.Begin begin, QueryRequest request) {
        return planning.plan(begin, request, Map.of());
    }

    private static Query.Begin begin(String id, QueryRequest request) {
        QueryIdentity identity =
                new QueryIdentity(id, request.sql(), request.caller().name(), request.origin());
        return new Query.Begin(identity, System.nanoTime());
    }

    private ServiceException failed(Query.Begin begin, Throwable failure) {
        return planning.failed(begin, failure);
    }
}
