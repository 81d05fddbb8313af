package dev.bowyer.telemetry.jfr;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/// From its begin to its end.
@Name("dev.bowyer.QueryRun")
@Label("Query Run")
@Category({"Bowyer", "Query"})
@StackTrace(false)
final class QueryRun extends Event {
    @Label("Query Id")
    @Nullable
    String queryId;

    @Label("Trace Id")
    @Nullable
    String traceId;

    @Label("Protocol")
    @Nullable
    String protocol;

    @Label("Outcome")
    @Nullable
    String outcome;

    @Label("Error Code")
    @Nullable
    String code;

    @Label("Time to First Batch")
    @Timespan(Timespan.NANOSECONDS)
    long firstBatch;

    @Label("Rows")
    long rows;

    @Label("Bytes")
    @DataAmount
    long bytes;

    @Label("Spilled")
    @DataAmount
    long spilled;

    @Label("Peak Memory")
    @DataAmount
    long memoryPeak;
}
