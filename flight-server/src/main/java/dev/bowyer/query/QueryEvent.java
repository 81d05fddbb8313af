package dev.bowyer.query;

import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ServiceException;
import java.time.Duration;

/// One step in the life of a query. Every query that was begun ends exactly once; a statement that is refused
/// before it is begun is told by its end alone.
public sealed interface QueryEvent {
    String queryId();

    String sql();

    /// Somebody fetches the rows of a statement. It can be cancelled once it runs.
    record Begun(String queryId, String sql) implements QueryEvent {}

    /// The query is over and holds nothing any more.
    ///
    /// @param elapsed wall time since it was begun, waiting for the client included
    record Ended(String queryId, String sql, Outcome outcome, QueryMetrics metrics, Duration elapsed)
            implements QueryEvent {}

    /// How a query ended.
    sealed interface Outcome {}

    /// Every row was handed out.
    record Finished() implements Outcome {}

    /// The reader closed it before its end.
    record Abandoned() implements Outcome {}

    record Failed(ServiceException error) implements Outcome {}
}
