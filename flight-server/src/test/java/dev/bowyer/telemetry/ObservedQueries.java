package dev.bowyer.telemetry;

import dev.bowyer.access.Caller;
import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.admission.AdmissionLimits;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.PlanOptions;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.engine.Statement;
import dev.bowyer.query.Announcement;
import dev.bowyer.query.Origin;
import dev.bowyer.query.Query;
import dev.bowyer.query.QueryRequest;
import dev.bowyer.query.QueryService;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Queries over a dataset `numbers`, with all that listens to them.
final class ObservedQueries implements AutoCloseable {
    private final ScriptedEngine engine = new ScriptedEngine().scriptOtherwise(new ScriptedEngine.Rows(3));
    private final Catalog catalog = new Catalog(engine);
    private final Telemetry telemetry;
    private final QueryService queries;

    ObservedQueries(@Nullable URI otlpTraces, @Nullable URI otlpMetrics, Duration slow) {
        telemetry = Telemetry.start(new TelemetrySettings(otlpTraces, otlpMetrics, slow, "1.2.3"));
        queries = new QueryService(
                catalog,
                engine,
                ExecutionLimits.NONE,
                AdmissionControl.of(new AdmissionLimits(64, 64, 100, Duration.ofSeconds(30))),
                telemetry);
        catalog.register(
                DatasetName.parse("numbers"),
                new Source.Files("numbers.parquet", null, null, Source.CsvOptions.DEFAULT));
    }

    ScriptedEngine engine() {
        return engine;
    }

    Telemetry telemetry() {
        return telemetry;
    }

    static QueryRequest request(String sql, Origin origin) {
        return QueryRequest.of(new Caller("ann"), new Statement.Sql(sql), PlanOptions.DEFAULT)
                .from(origin);
    }

    /// Plans and runs in one go.
    ///
    /// @return the query, which has ended
    Query run(String sql, Origin origin) {
        return ended(queries.run(request(sql, origin), () -> {}));
    }

    /// Asks what the rows will be and then runs with the same plan, as HTTP does.
    Query describeAndRun(String sql) {
        QueryRequest request = request(sql, Origin.HTTP).sharingPlan();
        queries.describe(request);
        return ended(queries.run(request, () -> {}));
    }

    /// Announces and then runs, as Flight does.
    Query announceAndRun(String sql, Origin announced, Origin run) {
        Announcement whole = queries.announce(request(sql, announced), 1).part(0);
        return ended(queries.run(whole.from(run), () -> {}));
    }

    private static Query ended(Query query) {
        try (query) {
            BatchStream.Next next = query.next();
            while (!(next instanceof BatchStream.End)) {
                if (next instanceof BatchStream.Message message) {
                    message.release();
                }
                next = query.next();
            }
        }
        return query;
    }

    @Override
    public void close() {
        queries.close();
        telemetry.close();
        engine.close();
    }
}
