package dev.bowyer.telemetry.jfr;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/// When a stream goes on that waited for its reader.
@Name("dev.bowyer.StreamStall")
@Label("Stream Stall")
@Category({"Bowyer", "Query"})
@StackTrace(false)
final class StreamStall extends Event {
    @Label("Query Id")
    @Nullable
    String queryId;

    @Label("Time Waited")
    @Timespan(Timespan.NANOSECONDS)
    long waited;
}
