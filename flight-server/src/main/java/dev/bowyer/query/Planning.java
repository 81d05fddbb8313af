package dev.bowyer.query;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.engine.Plan;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.Map;

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
        String statementId = request.statementId();
        try {
            if (statementId == null || !versions.isEmpty()) {
                return planned(begin, request, versions);
            }
            Planner.Planned known = prepared.find(statementId);
            if (known != null) {
                boolean isCurrent = false;
                try {
                    isCurrent = planner.isCurrent(known);
                    if (isCurrent) {
                        return known;
                    }
                } finally {
                    if (!isCurrent) {
                        known.plan().release();
                    }
                }
            }
            Planner.Planned now = planned(begin, request, versions);
            prepared.keep(statementId, now);
            return now;
        } catch (RuntimeException | Error e) {
            throw failed(begin, e);
        }
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
