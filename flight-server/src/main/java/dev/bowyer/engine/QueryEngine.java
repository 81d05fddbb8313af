package dev.bowyer.engine;

import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.TableOpener;
import java.util.List;

/// Plans and runs SQL. Thread-safe. Planning and explaining block the calling thread, which should be a
/// platform thread: a call into native code pins a virtual thread's carrier. Running never blocks.
public interface QueryEngine extends TableOpener, AutoCloseable {

    /// Checks `sql` against the limits on size, nesting and chains, parses it and names the tables it reads,
    /// as written (`table`, `schema.table` or `catalog.schema.table`; common table expressions left out).
    /// Nothing is resolved yet.
    ///
    /// @throws dev.bowyer.error.ServiceException INVALID_SQL, SQL_TOO_COMPLEX or STATEMENT_NOT_ALLOWED
    List<TableReference> tablesOf(String sql);

    /// Plans over exactly the tables of `snapshot` and `extra`. The plan keeps their data pinned until it is
    /// closed.
    ///
    /// @param extra seen by this statement alone, before one of the snapshot of the same name; never listed
    /// @throws dev.bowyer.error.ServiceException INVALID_SQL, UNKNOWN_COLUMN, DATASET_NOT_FOUND, ... with a
    ///     caret and the nearest name in the message
    Plan plan(CatalogSnapshot snapshot, List<Dataset> extra, Statement statement, PlanOptions options);

    /// As the other, over `snapshot` alone.
    default Plan plan(CatalogSnapshot snapshot, Statement statement, PlanOptions options) {
        return plan(snapshot, List.of(), statement, options);
    }

    /// Starts `plan` and returns at once; failures of the run come out of [BatchStream#next]. A plan may be
    /// executed any number of times, also concurrently, and may be closed while its streams still run.
    ///
    /// @param listener called whenever a message is ready after `next` said [BatchStream.Pending]; see
    ///     [ReadyListener]
    BatchStream execute(Plan plan, RunOptions options, ReadyListener listener);

    /// @throws dev.bowyer.error.ServiceException whatever running the statement throws, when the format runs
    ///     it
    String explain(Plan plan, ExplainFormat format, ExecutionLimits limits);

    EngineStats stats();

    /// Cancels what still runs, waits for it and frees everything. Tables and plans of this engine are dead
    /// afterwards.
    @Override
    void close();

    /// A table as SQL names it; null parts were not written.
    record TableReference(
            @org.jspecify.annotations.Nullable String catalog,
            @org.jspecify.annotations.Nullable String schema,
            String table) {}
}
