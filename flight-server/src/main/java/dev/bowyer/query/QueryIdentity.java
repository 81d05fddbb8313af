package dev.bowyer.query;

/// What a query is known by, from before it is planned until it has ended. Each use of a query, such as its planning
/// and its run, has a span of its own.
///
/// @param caller name of whoever asked for it
public record QueryIdentity(String id, String sql, String caller, Origin origin, TraceContext trace) {
    public QueryIdentity(String id, String sql, String caller, Origin origin) {
        this(id, sql, caller, origin, TraceContext.of(id, origin.traceParent()));
    }
}
