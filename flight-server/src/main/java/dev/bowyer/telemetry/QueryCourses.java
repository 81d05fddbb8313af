package dev.bowyer.telemetry;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryIdentity;
import dev.bowyer.query.QueryListener;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/// Puts the events of each query together. A query may be planned in one call and run in others, several times and with
/// several parts: a run is known by its span, a plan by the id of its query.
final class QueryCourses implements QueryListener {
    /// Plans that are remembered until their run; of older ones only the log line knows less.
    private static final int MAX_PLANNED = 10_000;

    private final Cache<String, Planned> planned = Caffeine.newBuilder()
            .maximumSize(MAX_PLANNED)
            .executor(Runnable::run)
            .build();
    /// By span. As many as there are running queries, which are limited elsewhere.
    private final Map<String, QueryCourse> running = new ConcurrentHashMap<>();
    private final List<CourseListener> listeners;

    QueryCourses(List<CourseListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    private record Planned(QueryCourse.Step step, List<DatasetName> datasets) {}

    @Override
    public void on(QueryEvent event) {
        switch (event) {
            case QueryEvent.Begun(QueryIdentity query) -> {
                QueryCourse course = QueryCourse.begun(query, Instant.now());
                Planned ahead = planned.getIfPresent(query.id());
                running.put(
                        query.trace().spanId(),
                        ahead == null ? course : course.planned(ahead.step(), true, ahead.datasets()));
            }
            case QueryEvent.Planned(QueryIdentity query, Duration took, var datasets) -> planned(query, took, datasets);
            case QueryEvent.Admitted(QueryIdentity query, Duration waited) ->
                change(query, course -> course.admitted(waited));
            case QueryEvent.FirstBatch(QueryIdentity query, Duration sinceBegun) ->
                change(query, course -> course.answered(sinceBegun));
            case QueryEvent.Stalled(QueryIdentity query, Duration waited) ->
                change(query, course -> course.stalled(waited));
            case QueryEvent.Ended ended -> ended(ended);
        }
    }

    private void planned(QueryIdentity query, Duration took, List<DatasetName> datasets) {
        QueryCourse.Step step = QueryCourse.Step.ofLast(took);
        boolean runs = change(query, course -> course.planned(step, false, datasets));
        if (!runs) {
            planned.put(query.id(), new Planned(step, datasets));
            listeners.forEach(listener -> listener.plannedAhead(query, step));
        }
    }

    /// @return whether the query has begun
    private boolean change(QueryIdentity query, UnaryOperator<QueryCourse> change) {
        return running.computeIfPresent(query.trace().spanId(), (_, course) -> change.apply(course)) != null;
    }

    private void ended(QueryEvent.Ended ended) {
        QueryCourse course = running.remove(ended.query().trace().spanId());
        // What is refused while it is planned ends without having begun.
        QueryCourse told =
                course == null ? QueryCourse.begun(ended.query(), Instant.now().minus(ended.elapsed())) : course;
        listeners.forEach(listener -> listener.ended(told, ended));
    }
}
