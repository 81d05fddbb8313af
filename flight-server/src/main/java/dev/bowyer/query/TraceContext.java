package dev.bowyer.query;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Where a query stands in a trace, in the terms of W3C Trace Context. Every query has one, traced or not, so that logs
/// and answers name the same trace.
///
/// @param traceId 32 hex digits
/// @param spanId 16 hex digits: this use of the query, and of no other
/// @param parentSpanId of whoever called; null: nobody said
/// @param sampled whether the caller keeps the trace; without a caller, true
public record TraceContext(
        String traceId, String spanId, @Nullable String parentSpanId, boolean sampled) {
    /// Version, trace, span, flags; later versions may go on after a dash.
    private static final Pattern TRACE_PARENT =
            Pattern.compile("([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?");

    private static final String NO_TRACE = "0".repeat(32);
    private static final String NO_SPAN = "0".repeat(16);
    /// An odd number without a pattern (2^64 by the golden ratio), to spread the bits of an id.
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    /// Below `traceParent`. If that is none, the trace id ends with the query's, the same on every replica, so that
    /// the planning and the runs of one query are one trace.
    static TraceContext of(String queryId, @Nullable String traceParent) {
        String spanId = hex(ThreadLocalRandom.current().nextLong() | 1);
        Matcher parent = TRACE_PARENT.matcher(traceParent == null ? "" : traceParent);
        if (!parent.matches() || !isValid(parent)) {
            return new TraceContext(traceIdOf(queryId), spanId, null, true);
        }
        boolean sampled = (HexFormat.fromHexDigits(parent.group(4)) & 1) == 1;
        return new TraceContext(parent.group(2), spanId, parent.group(3), sampled);
    }

    /// The header of an answer, or of a request further on.
    public String traceParent() {
        return "00-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
    }

    private static boolean isValid(Matcher parent) {
        boolean isLonger = parent.group(5) != null;
        return !parent.group(1).equals("ff")
                && !(isLonger && parent.group(1).equals("00"))
                && !parent.group(2).equals(NO_TRACE)
                && !parent.group(3).equals(NO_SPAN);
    }

    private static String traceIdOf(String queryId) {
        long low = 0;
        for (int i = 0; i < queryId.length(); i++) {
            int digit = Character.digit(queryId.charAt(i), 16);
            low = (low << 4 | low >>> 60) ^ (digit < 0 ? queryId.charAt(i) : digit);
        }
        long high = (low ^ low >>> 32) * SPREAD;
        return hex(high | 1) + hex(low);
    }

    private static String hex(long bits) {
        return HexFormat.of().toHexDigits(bits);
    }
}
