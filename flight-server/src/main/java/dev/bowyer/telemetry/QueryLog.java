package dev.bowyer.telemetry;

import dev.bowyer.dataset.DatasetName;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryIdentity;
import dev.bowyer.query.QueryState;
import dev.bowyer.telemetry.log.LogFields;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One log line for the end of every query, which is the audit trail too: who, what data, how much, how it
/// ended. It holds no value of a statement. The text of the statement stands, with `?` for its values, in the
/// line of a slow query and, when the logger is at FINE, in every line.
///
/// Writes to `java.util.logging` itself, which takes names and values rather than a text.
final class QueryLog implements CourseListener {
    static final String LOGGER = "dev.bowyer.query";

    /// Datasets of one query that are named.
    private static final int MAX_DATASETS = 20;
    /// Longest name of a caller, in UTF-16 code units.
    private static final int MAX_CALLER = 200;

    private static final Logger LOG = Logger.getLogger(LOGGER);

    private final Duration slow;

    /// @param slow from when on a query is logged as slow; zero: never
    QueryLog(Duration slow) {
        this.slow = slow;
    }

    @Override
    public void ended(QueryCourse course, QueryEvent.Ended end) {
        ServiceException error = end.outcome() instanceof QueryEvent.Failed(var failure) ? failure : null;
        boolean isOurs = error != null && error.code() == ErrorCode.INTERNAL;
        Level level = isOurs ? Level.SEVERE : Level.INFO;
        if (LOG.isLoggable(level)) {
            Map<String, Object> fields = fields(course, end);
            if (LOG.isLoggable(Level.FINE)) {
                addStatement(fields, course);
            }
            log(level, "query ended", fields, isOurs ? error : null);
        }
        if (!slow.isZero() && end.elapsed().compareTo(slow) >= 0 && LOG.isLoggable(Level.WARNING)) {
            Map<String, Object> fields = fields(course, end);
            fields.put("memory_peak", end.metrics().memoryPeak());
            fields.put("retried", end.metrics().retried());
            addStatement(fields, course);
            log(Level.WARNING, "slow query", fields, null);
        }
    }

    private static Map<String, Object> fields(QueryCourse course, QueryEvent.Ended end) {
        QueryIdentity query = end.query();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("query_id", query.id());
        fields.put("trace_id", query.trace().traceId());
        fields.put("caller", shortened(query.caller(), MAX_CALLER));
        fields.put("protocol", QueryMeters.label(query.origin().protocol()));
        fields.put("datasets", names(course.datasets()));
        fields.put("state", QueryState.of(end.outcome()).label());
        fields.put("code", QueryState.code(end.outcome()));
        fields.put("rows", end.metrics().rows());
        fields.put("bytes", end.metrics().bytes());
        fields.put("spilled", end.metrics().spilled());
        putMillis(
                fields,
                "planning_ms",
                course.planning() == null ? null : course.planning().took());
        putMillis(
                fields,
                "queue_ms",
                course.queue() == null ? null : course.queue().took());
        putMillis(
                fields,
                "first_batch_ms",
                course.firstBatch() == null ? null : Duration.between(course.begun(), course.firstBatch()));
        putMillis(fields, "stalled_ms", course.stalled());
        putMillis(fields, "total_ms", end.elapsed());
        return fields;
    }

    /// Only of what was planned: values can be told from the rest where the text has been parsed.
    private static void addStatement(Map<String, Object> fields, QueryCourse course) {
        if (course.planning() != null) {
            fields.put("sql", StatementText.withoutValues(course.query().sql()));
        }
    }

    /// What did not happen is left out.
    private static void putMillis(Map<String, Object> fields, String name, @Nullable Duration took) {
        if (took != null) {
            fields.put(name, took.toMillis());
        }
    }

    private static String names(List<DatasetName> datasets) {
        String named =
                datasets.stream().limit(MAX_DATASETS).map(DatasetName::toString).collect(Collectors.joining(","));
        return datasets.size() <= MAX_DATASETS ? named : named + ",+" + (datasets.size() - MAX_DATASETS);
    }

    private static String shortened(String text, int limit) {
        return text.length() <= limit ? text : text.substring(0, limit) + "...";
    }

    private static void log(
            Level level, String message, Map<String, Object> fields, @Nullable ServiceException thrown) {
        LogRecord line = new LogFields(fields).record(level, LOGGER, message, thrown);
        LOG.log(line);
    }
}
