package dev.bowyer.telemetry.jfr;

import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryIdentity;
import dev.bowyer.query.QueryListener;
import dev.bowyer.query.QueryState;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Makes an event of the JDK Flight Recorder of each step of a query. While nobody records, a step costs a look at a
/// flag.
public final class QueryRecorder implements QueryListener {
    /// By span. As many as there are running queries that began while somebody recorded.
    private final Map<String, QueryRun> runs = new ConcurrentHashMap<>();

    @Override
    public void on(QueryEvent event) {
        switch (event) {
            case QueryEvent.Begun(QueryIdentity query) -> begun(query);
            case QueryEvent.Planned planned -> planned(planned);
            case QueryEvent.Admitted admitted -> admitted(admitted);
            case QueryEvent.FirstBatch first -> {
                QueryRun run = runs.get(first.query().trace().spanId());
                if (run != null) {
                    run.firstBatch = first.sinceBegun().toNanos();
                }
            }
            case QueryEvent.Stalled stalled -> stalled(stalled);
            case QueryEvent.Ended ended -> ended(ended);
        }
    }

    private void begun(QueryIdentity query) {
        QueryRun run = new QueryRun();
        if (run.isEnabled()) {
            run.queryId = query.id();
            run.traceId = query.trace().traceId();
            run.protocol = query.origin().protocol().name().toLowerCase(Locale.ROOT);
            run.begin();
            runs.put(query.trace().spanId(), run);
        }
    }

    private static void planned(QueryEvent.Planned planned) {
        QueryPlanned event = new QueryPlanned();
        if (event.isEnabled()) {
            event.queryId = planned.query().id();
            event.traceId = planned.query().trace().traceId();
            event.took = planned.took().toNanos();
            event.commit();
        }
    }

    private static void admitted(QueryEvent.Admitted admitted) {
        QueryQueued event = new QueryQueued();
        if (event.isEnabled()) {
            event.queryId = admitted.query().id();
            event.traceId = admitted.query().trace().traceId();
            event.waited = admitted.waited().toNanos();
            event.commit();
        }
    }

    private static void stalled(QueryEvent.Stalled stalled) {
        StreamStall event = new StreamStall();
        if (event.isEnabled()) {
            event.queryId = stalled.query().id();
            event.waited = stalled.waited().toNanos();
            event.commit();
        }
    }

    private void ended(QueryEvent.Ended ended) {
        QueryRun run = runs.remove(ended.query().trace().spanId());
        if (run != null) {
            run.outcome = QueryState.of(ended.outcome()).label();
            run.code = QueryState.code(ended.outcome());
            run.rows = ended.metrics().rows();
            run.bytes = ended.metrics().bytes();
            run.spilled = ended.metrics().spilled();
            run.memoryPeak = ended.metrics().memoryPeak();
            run.commit();
        }
    }
}
