package dev.bowyer.client.wire;

import java.util.regex.Pattern;

/**
 * Whether a statement may run twice: planning one that changes data can already change it. A function that changes something
 * within a SELECT is not seen.
 */
final class Repeats {
    private static final Pattern READS = Pattern.compile(
            "\\s*\\(*\\s*(SELECT|WITH|VALUES|TABLE|SHOW|DESCRIBE|EXPLAIN)\\b.*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern CHANGES = Pattern.compile(
            "\\b(INSERT|UPDATE|DELETE|MERGE|CREATE|DROP|ALTER|COPY|CALL|INTO|ANALYZE|TRUNCATE)\\b",
            Pattern.CASE_INSENSITIVE);

    private Repeats() {}

    static FlightCalls.Repeat of(String sql) {
        String statement = sql.strip();
        boolean isOne = statement.indexOf(';') < 0 || statement.indexOf(';') == statement.length() - 1;
        boolean readsOnly =
                isOne && READS.matcher(sql).matches() && !CHANGES.matcher(sql).find();
        return readsOnly ? FlightCalls.Repeat.SAFE : FlightCalls.Repeat.UNSENT;
    }
}
