package dev.bowyer.query;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.engine.Plan;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Plans statements, uses the plans of prepared ones again while their data is the same, and tells of each. Blocks as
/// [Planner] does.
final class Planning {
    private final Planner planner;
    private final PreparedStatements prepared;
    private final QueryListener listener;

    Planning(Planner planner, PreparedStatements prepared, QueryListener listener) {
        this.planner = planner;
        this.prepared = prepared;
        this.listener = listener;
    }

    /// The caller has to release the plan.
    ///
    /// @param versions of tables, as announced; empty: what there is now
    Planner.Planned plan(Query.Begin begin, QueryRequest request, Map<DatasetName, String> versions) {
        try {
            Planner.Planned kept = versions.isEmpty() ? kept(request.statementId()) : null;
            return kept == null ? anew(begin, request, versions) : kept;
        } catch (RuntimeException | Error e) {
            throw failed(begin, e);
        }
    }

    /// As the other, for a run or its announcement: what it reads is told also when a kept plan is used again.
    Planner.Planned planRun(Query.Begin begin, QueryRequest request) {
        try {
            Planner.Planned kept = kept(request.statementId());
            if (kept == null) {
                return anew(begin, request, Map.of());
            }
            listener.on(new QueryEvent.Planned(begin.identity(), Duration.ZERO, kept.reads()));
            return kept;
        } catch (RuntimeException | Error e) {
            throw failed(begin, e);
        }
    }

    /// Null: none that is current.
    private Planner.@Nullable Planned kept(@Nullable String statementId) {
        Planner.Planned known = statementId == null ? null : prepared.find(statementId);
        if (known == null) {
            return null;
        }
        boolean isCurrent = false;
        try {
            isCurrent = planner.isCurrent(known);
            return isCurrent ? known : null;
        } finally {
            if (!isCurrent) {
                known.plan().release();
            }
        }
    }

    private Planner.Planned anew(Query.Begin begin, QueryRequest request, Map<DatasetName, String> versions) {
        Planner.Planned now = planned(begin, request, versions);
        String statementId = request.statementId();
        if (statementId != null && versions.isEmpty()) {
            prepared.keep(statementId, now);
        }
        return now;
    }

    private Planner.Planned planned(Query.Begin begin, QueryRequest request, Map<DatasetName, String> versions) {
        long started = System.nanoTime();
        Planner.Planned it = planner.plan(request, versions);
        Duration took = Duration.ofNanos(System.nanoTime() - started);
        listener.on(new QueryEvent.Planned(begin.identity(), took, it.reads()));
        return it;
    }

    /// `request` with the values bound last if it has none itself.
    QueryRequest bound(QueryRequest request, Plan plan) {
        if (plan.parameters().getFields().isEmpty() || request.parameters().length > 0) {
            return request;
        }
        byte[] last = request.statementId() == null ? null : prepared.parameters(request.statementId());
        if (last == null) {
            throw unbound(plan);
        }
        return request.withParameters(last);
    }

    static ServiceException unbound(Plan plan) {
        int parameters = plan.parameters().getFields().size();
        return new ServiceException(
                ErrorCode.INVALID_ARGUMENT,
                "the statement has " + parameters + " parameter(s), and no values are bound to it",
                "prepare it and bind a value for each");
    }

    /// Tells that a query ended with `failure`.
    ServiceException failed(Query.Begin begin, Throwable failure) {
        ServiceException error = Query.asServiceException(failure).ofQuery(begin.queryId());
        listener.on(
                new QueryEvent.Ended(begin.identity(), new QueryEvent.Failed(error), Query.NOTHING, begin.elapsed()));
        return error;
    }
}
