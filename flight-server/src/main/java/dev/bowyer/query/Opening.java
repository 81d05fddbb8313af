package dev.bowyer.query;

import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.Plan;
import dev.bowyer.engine.QueryEngine;
import dev.bowyer.engine.ReadyListener;
import dev.bowyer.engine.RunOptions;
import java.util.concurrent.Executor;
import java.util.concurrent.ForkJoinPool;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/// From a plan to a query that runs as soon as its turn has come. Never blocks.
final class Opening {
    private final Planning planning;
    private final QueryEngine engine;
    private final ExecutionLimits limits;
    private final AdmissionControl admission;
    private final QueryListener listener;
    private final Executor elsewhere = ForkJoinPool.commonPool();

    Opening(
            Planning planning,
            QueryEngine engine,
            ExecutionLimits limits,
            AdmissionControl admission,
            QueryListener listener) {
        this.planning = planning;
        this.engine = engine;
        this.limits = limits;
        this.admission = admission;
        this.listener = listener;
    }

    /// One run of a statement.
    ///
    /// @param ready told of every message; in place of it, `ahead` reads the stream until it has a reader
    record Run(
            Query.Begin begin,
            QueryRequest request,
            int part,
            int parts,
            ReadyListener ready,
            @Nullable Prefetch ahead) {}

    /// Takes over the caller's hold of `plan`.
    Query open(Run run, SharedPlan plan, RunningQueries.Place place) {
        RunOptions options;
        try {
            options = options(run, plan.plan());
        } catch (RuntimeException | Error e) {
            plan.release();
            throw planning.failed(run.begin(), e);
        }
        Schema schema = plan.plan().schema();
        String dataVersion = plan.plan().dataVersion();
        QueuedStream queued = new QueuedStream(admission.request(run.request().caller()), run.ready(), waited -> {
            listener.on(new QueryEvent.Admitted(run.begin().identity(), waited));
            return engine.execute(plan.plan(), options, run.ready());
        });
        try {
            queued.begin(elsewhere, plan::release);
        } catch (RuntimeException | Error e) {
            throw planning.failed(run.begin(), e);
        }
        Prefetch ahead = run.ahead();
        if (ahead != null) {
            ahead.attach(queued);
        }
        BatchStream stream = ahead == null ? queued : ahead;
        Query query = new Query(run.begin(), schema, dataVersion, stream, queued.turn(), event -> {
            if (event instanceof QueryEvent.Ended) {
                place.leave();
            }
            listener.on(event);
        });
        place.fill(query);
        return query;
    }

    private RunOptions options(Run run, Plan plan) {
        Delivery delivery = run.request().delivery();
        return RunOptions.of(limits(delivery))
                .withParameters(planning.bound(run.request(), plan).parameters())
                .withPart(run.part(), run.parts())
                .withFormat(delivery.format())
                .withLimit(delivery.limit());
    }

    private ExecutionLimits limits(Delivery delivery) {
        return new ExecutionLimits(limits.memoryBytes(), delivery.timeoutWithin(limits.timeout()));
    }
}
