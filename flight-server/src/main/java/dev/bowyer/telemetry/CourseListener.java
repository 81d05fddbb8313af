package dev.bowyer.telemetry;

import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryIdentity;

/// Hears of queries as a whole. As [dev.bowyer.query.QueryListener]: quick, thread-safe, and must not throw.
interface CourseListener {
    /// A statement was planned that does not run as yet.
    default void plannedAhead(QueryIdentity query, QueryCourse.Step planning) {}

    void ended(QueryCourse course, QueryEvent.Ended end);
}
