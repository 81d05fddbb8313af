package dev.bowyer.client.wire;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/** The id that a Bowyer server puts into the {@code app_metadata} of a FlightInfo. */
final class QueryIds {
    private static final Pattern JSON = Pattern.compile("\\{\"query_id\":\"([0-9a-f]{16})\"}");

    private QueryIds() {}

    /** Null of other servers. */
    static @Nullable String of(Flight.FlightInfo info) {
        Matcher matcher = JSON.matcher(info.getAppMetadata().toStringUtf8());
        return matcher.matches() ? matcher.group(1) : null;
    }
}
