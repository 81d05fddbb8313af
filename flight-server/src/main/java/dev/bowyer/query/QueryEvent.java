package dev.bowyer.query;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.List;

/// One step in the life of a query. Every query that was begun ends exactly once; a statement that is refused
/// before it is begun is told by its end alone.
public sealed interface QueryEvent {
    QueryIdentity query();

    /// Somebody fetches the rows of a statement. It can be cancelled from here on.
    record Begun(QueryIdentity query) implements QueryEvent {}

    /// A statement was planned: for a run that was begun, or for a description of its rows.
    ///
    /// @param took zero when a plan that was kept is used again
    /// @param datasets that it reads, by name
    record Planned(QueryIdentity query, Duration took, List<DatasetName> datasets) implements QueryEvent {
        public Planned {
            datasets = List.copyOf(datasets);
        }
    }

    /// The query may run.
    ///
    /// @param waited in the queue
    record Admitted(QueryIdentity query, Duration waited) implements QueryEvent {}

    /// The first rows, or the end of a result without any, were handed out.
    ///
    /// @param sinceBegun wall time since [Begun]
    record FirstBatch(QueryIdentity query, Duration sinceBegun) implements QueryEvent {}

    /// The reader of the rows was not ready for more, and then was, or is gone.
    ///
    /// @param waited meanwhile
    record Stalled(QueryIdentity query, Duration waited) implements QueryEvent {}

    /// The query is over and holds nothing any more.
    ///
    /// @param elapsed wall time since it was begun, waiting for the client included
    record Ended(QueryIdentity query, Outcome outcome, QueryMetrics metrics, Duration elapsed) implements QueryEvent {}

    /// How a query ended.
    sealed interface Outcome {}

    /// Every row was handed out.
    record Finished() implements Outcome {}

    /// The reader closed it before its end.
    record Abandoned() implements Outcome {}

    record Failed(ServiceException error) implements Outcome {}
}
