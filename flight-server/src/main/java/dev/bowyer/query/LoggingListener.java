package dev.bowyer.query;

import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One log line for the end of every query.
public final class LoggingListener implements QueryListener {
    private static final Logger LOG = LoggerFactory.getLogger("dev.bowyer.query");
    /// Longest part of a statement in a log line, in UTF-16 code units.
    private static final int MAX_SQL = 500;

    @Override
    public void on(QueryEvent event) {
        switch (event) {
            case QueryEvent.Begun begun -> LOG.debug("query {} begun", begun.queryId());
            case QueryEvent.Ended ended -> log(ended);
        }
    }

    private static void log(QueryEvent.Ended ended) {
        QueryMetrics used = ended.metrics();
        String line = "query %s %s in %d ms: %d rows, %d bytes, %d spilled: %s"
                .formatted(
                        ended.queryId(),
                        outcome(ended.outcome()),
                        ended.elapsed().toMillis(),
                        used.rows(),
                        used.bytes(),
                        used.spilled(),
                        oneLine(ended.sql()));
        switch (ended.outcome()) {
            case QueryEvent.Failed failed
            when failed.error().code() == ErrorCode.INTERNAL -> LOG.error(line, failed.error());
            case QueryEvent.Failed _, QueryEvent.Finished _, QueryEvent.Abandoned _ -> LOG.info(line);
        }
    }

    private static String outcome(QueryEvent.Outcome outcome) {
        return switch (outcome) {
            case QueryEvent.Finished() -> "finished";
            case QueryEvent.Abandoned() -> "abandoned";
            case QueryEvent.Failed(var error) -> "failed (" + error.code() + ")";
        };
    }

    private static String oneLine(String sql) {
        String start = sql.length() <= MAX_SQL ? sql : sql.substring(0, MAX_SQL) + "...";
        return start.replaceAll("\\s+", " ");
    }
}
