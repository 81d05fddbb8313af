package dev.bowyer.telemetry;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.query.QueryIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is known of one run of a query, from its events.
///
/// @param begun of the run
/// @param planning null: not planned, or its plan was at hand
/// @param plannedAhead whether it was planned before the run began, to be announced
/// @param queue null: not let in so far
/// @param firstBatch null: no rows so far
/// @param stalled time that it waited for its reader
record QueryCourse(
        QueryIdentity query,
        Instant begun,
        @Nullable Step planning,
        boolean plannedAhead,
        List<DatasetName> datasets,
        @Nullable Step queue,
        @Nullable Instant firstBatch,
        Duration stalled) {
    /// From one moment to another.
    record Step(Instant from, Instant to) {
        /// One that has just ended.
        static Step ofLast(Duration took) {
            Instant now = Instant.now();
            return new Step(now.minus(took), now);
        }

        Duration took() {
            return Duration.between(from, to);
        }
    }

    static QueryCourse begun(QueryIdentity query, Instant begun) {
        return new QueryCourse(query, begun, null, false, List.of(), null, null, Duration.ZERO);
    }

    QueryCourse planned(Step step, boolean ahead, List<DatasetName> reads) {
        return new QueryCourse(query, begun, step, ahead, reads, queue, firstBatch, stalled);
    }

    QueryCourse admitted(Duration waited) {
        return new QueryCourse(
                query, begun, planning, plannedAhead, datasets, Step.ofLast(waited), firstBatch, stalled);
    }

    QueryCourse answered(Duration sinceBegun) {
        return new QueryCourse(query, begun, planning, plannedAhead, datasets, queue, begun.plus(sinceBegun), stalled);
    }

    QueryCourse stalled(Duration waited) {
        return new QueryCourse(query, begun, planning, plannedAhead, datasets, queue, firstBatch, stalled.plus(waited));
    }
}
