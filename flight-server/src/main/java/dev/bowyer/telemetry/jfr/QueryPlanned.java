package dev.bowyer.telemetry.jfr;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/// At the end of its planning.
@Name("dev.bowyer.QueryPlanned")
@Label("Query Planned")
@Category({"Bowyer", "Query"})
@StackTrace(false)
final class QueryPlanned extends Event {
    @Label("Query Id")
    @Nullable
    String queryId;

    @Label("Trace Id")
    @Nullable
    String traceId;

    @Label("Planning Time")
    @Timespan(Timespan.NANOSECONDS)
    long took;
}
