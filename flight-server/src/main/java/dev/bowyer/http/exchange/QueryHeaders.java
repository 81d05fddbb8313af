package dev.bowyer.http.exchange;

/// Headers that answers about queries have.
public final class QueryHeaders {
    /// What the query is known by, in answers and problems.
    public static final String QUERY_ID = "X-Bowyer-Query-Id";
    /// Of the query, in the terms of W3C Trace Context.
    public static final String TRACE_PARENT = "traceparent";

    private QueryHeaders() {}
}
