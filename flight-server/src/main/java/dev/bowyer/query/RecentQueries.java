package dev.bowyer.query;

import dev.bowyer.engine.QueryMetrics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// What queries do now and how the last ones ended, by id. Thread-safe. Queries that go on are as many as the
/// server runs and lets wait; of those that ended the oldest are forgotten.
///
/// One id stands for all runs at the same time, as of a result that is fetched in parts: their rows and bytes
/// are added up, and it ends with the last of them.
public final class RecentQueries implements QueryListener {
    /// Ended queries that are remembered.
    public static final int MAX_ENDED = 200;
    /// Longest statement that is remembered, in UTF-16 code units; of a longer one its beginning.
    public static final int MAX_SQL = 10_000;

    private final Map<String, Live> live = new LinkedHashMap<>();
    private final Map<String, Report> ended = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Report> eldest) {
            return size() > MAX_ENDED;
        }
    };

    /// How far a query is.
    public enum Phase {
        PLANNING,
        QUEUED,
        RUNNING,
        ENDED
    }

    /// One query at one moment.
    ///
    /// @param outcome null: it goes on
    /// @param rows handed out
    /// @param bytes handed out
    /// @param progress share of the input that was read, 0 to 1; -1: not known
    public record Report(
            QueryIdentity query,
            Phase phase,
            Instant begun,
            Duration elapsed,
            long rows,
            long bytes,
            double progress,
            QueryEvent.@Nullable Outcome outcome) {}

    private static final class Live {
        private final QueryIdentity query;
        private final Instant begun = Instant.now();
        private final long begunNanos = System.nanoTime();
        private final CompletableFuture<Report> end = new CompletableFuture<>();
        private Phase phase = Phase.PLANNING;
        private int runs;
        private long rows;
        private long bytes;
        private QueryEvent.@Nullable Outcome failure;

        Live(QueryIdentity query) {
            this.query = query;
        }

        Report report(boolean isPlanned, long moreRows, long moreBytes, double progress) {
            // The plan may have been at hand, of which no event tells.
            Phase now = isPlanned && phase == Phase.PLANNING ? Phase.QUEUED : phase;
            Duration elapsed = Duration.ofNanos(System.nanoTime() - begunNanos);
            return new Report(query, now, begun, elapsed, rows + moreRows, bytes + moreBytes, progress, null);
        }
    }

    @Override
    public void on(QueryEvent event) {
        switch (event) {
            case QueryEvent.Begun begun -> begin(begun.query());
            case QueryEvent.Planned planned -> advance(planned.query(), Phase.QUEUED);
            case QueryEvent.Admitted admitted -> advance(admitted.query(), Phase.RUNNING);
            case QueryEvent.FirstBatch first -> advance(first.query(), Phase.RUNNING);
            case QueryEvent.Stalled _ -> {}
            case QueryEvent.Ended end -> end(end);
        }
    }

    private synchronized void begin(QueryIdentity query) {
        live.computeIfAbsent(query.id(), _ -> new Live(shortened(query))).runs++;
    }

    private synchronized void advance(QueryIdentity query, Phase phase) {
        Live known = live.get(query.id());
        if (known != null && known.phase.compareTo(phase) < 0) {
            known.phase = phase;
        }
    }

    private void end(QueryEvent.Ended event) {
        Live known;
        Report report;
        synchronized (this) {
            known = live.get(event.query().id());
            if (known == null) {
                // Refused before it was begun.
                Instant begun = Instant.now().minus(event.elapsed());
                remember(report(shortened(event.query()), begun, event, 0, 0));
                return;
            }
            if (!(event.outcome() instanceof QueryEvent.Finished) && known.failure == null) {
                known.failure = event.outcome();
            }
            known.runs--;
            if (known.runs > 0) {
                known.rows += event.metrics().rows();
                known.bytes += event.metrics().bytes();
                return;
            }
            live.remove(event.query().id());
            report = report(known.query, known.begun, event, known.rows, known.bytes);
            if (known.failure != null) {
                report = withOutcome(report, known.failure);
            }
            remember(report);
        }
        known.end.complete(report);
    }

    private void remember(Report report) {
        // The newest last.
        ended.remove(report.query().id());
        ended.put(report.query().id(), report);
    }

    private static Report report(QueryIdentity query, Instant begun, QueryEvent.Ended event, long rows, long bytes) {
        QueryMetrics used = event.metrics();
        Duration elapsed = event.elapsed();
        return new Report(
                query,
                Phase.ENDED,
                begun,
                elapsed,
                rows + used.rows(),
                bytes + used.bytes(),
                used.progress(),
                event.outcome());
    }

    private static Report withOutcome(Report report, QueryEvent.Outcome outcome) {
        return new Report(
                report.query(),
                report.phase(),
                report.begun(),
                report.elapsed(),
                report.rows(),
                report.bytes(),
                report.progress(),
                outcome);
    }

    /// Those that go on, in the order in which they began, and then those that ended, the newest first.
    ///
    /// @param running tells how far those that go on are
    public List<Report> all(RunningQueries running) {
        Map<String, List<QueryMetrics>> metrics = new HashMap<>();
        running.all()
                .forEach(query -> metrics.computeIfAbsent(query.id(), _ -> new ArrayList<>())
                        .add(query.metrics()));
        synchronized (this) {
            List<Report> all = new ArrayList<>();
            live.forEach((id, known) -> all.add(report(known, metrics.getOrDefault(id, List.of()))));
            all.addAll(List.copyOf(ended.values()).reversed());
            return all;
        }
    }

    /// @return empty: none of that id, or it was forgotten
    public Optional<Report> find(String id, RunningQueries running) {
        List<QueryMetrics> metrics = running.all().stream()
                .filter(query -> query.id().equals(id))
                .map(Query::metrics)
                .toList();
        synchronized (this) {
            Live known = live.get(id);
            return known == null ? Optional.ofNullable(ended.get(id)) : Optional.of(report(known, metrics));
        }
    }

    /// Completes when the query of that id ends, with how it did; at once if it has.
    ///
    /// @return empty: none of that id, or it was forgotten
    public synchronized Optional<CompletableFuture<Report>> end(String id) {
        Live known = live.get(id);
        return known == null
                ? Optional.ofNullable(ended.get(id)).map(CompletableFuture::completedFuture)
                : Optional.of(known.end.copy());
    }

    /// @param metrics of its runs that are planned
    private static Report report(Live known, List<QueryMetrics> metrics) {
        long rows = metrics.stream().mapToLong(QueryMetrics::rows).sum();
        long bytes = metrics.stream().mapToLong(QueryMetrics::bytes).sum();
        double progress =
                metrics.stream().mapToDouble(QueryMetrics::progress).min().orElse(QueryMetrics.UNKNOWN_PROGRESS);
        return known.report(!metrics.isEmpty(), rows, bytes, progress);
    }

    private static QueryIdentity shortened(QueryIdentity query) {
        String sql = query.sql();
        return sql.length() <= MAX_SQL
                ? query
                : new QueryIdentity(query.id(), sql.substring(0, MAX_SQL) + "...", query.caller(), query.origin());
    }
}
