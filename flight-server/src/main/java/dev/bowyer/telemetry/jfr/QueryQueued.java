package dev.bowyer.telemetry.jfr;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/// When it was let in, after its time in the queue.
@Name("dev.bowyer.QueryQueued")
@Label("Query Queued")
@Category({"Bowyer", "Query"})
@StackTrace(false)
final class QueryQueued extends Event {
    @Label("Query Id")
    @Nullable
    String queryId;

    @Label("Trace Id")
    @Nullable
    String traceId;

    @Label("Time in the Queue")
    @Timespan(Timespan.NANOSECONDS)
    long waited;
}
