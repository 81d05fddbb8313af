package dev.bowyer.telemetry;

import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Table;
import dev.bowyer.dataset.TableStatistics;
import dev.bowyer.dataset.TableStatistics.ColumnStatistics;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The share of NULLs in the columns of datasets. Telling it may mean to read footers of files, so it is worked out
/// elsewhere, once for each version of the files that a scrape meets, and only if somebody scrapes.
final class NullRatios implements AutoCloseable {
    /// Columns of one dataset, the first ones of its schema.
    static final int MAX_COLUMNS = 50;
    /// Of a dataset with more, nothing is told: reading that many footers is no by-product.
    static final int MAX_FILES = 1_000;

    private static final int MAX_WAITING = DatasetMeters.MAX_DATASETS;
    private static final Duration IDLE = Duration.ofSeconds(5);
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);
    private static final Logger LOG = LoggerFactory.getLogger(NullRatios.class);

    private final Map<DatasetName, Known> known = new ConcurrentHashMap<>();
    private final ThreadPoolExecutor worker = new ThreadPoolExecutor(
            1,
            1,
            IDLE.toMillis(),
            TimeUnit.MILLISECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().daemon().name("bowyer-null-ratios").factory());

    NullRatios() {
        worker.allowCoreThreadTimeOut(true);
    }

    /// Of one version of the files.
    ///
    /// @param byColumn of at most [#MAX_COLUMNS]; empty as long as nothing is known
    /// @param leftOut columns beyond
    record Known(Table table, Map<String, Double> byColumn, int leftOut) {}

    /// What is known now. Has newer files looked at, for a later call.
    Known of(Dataset dataset) {
        Table table = dataset.table();
        Known last = known.get(dataset.name());
        if (last != null && last.table() == table) {
            return last;
        }
        Known pending = new Known(table, last == null ? Map.of() : last.byColumn(), last == null ? 0 : last.leftOut());
        if (table.files() > MAX_FILES) {
            pending = new Known(table, Map.of(), 0);
        }
        known.put(dataset.name(), pending);
        if (table.files() <= MAX_FILES) {
            try {
                worker.execute(() -> look(dataset));
            } catch (RejectedExecutionException _) {
                known.remove(dataset.name(), pending);
            }
        }
        return pending;
    }

    double ratio(DatasetName dataset, String column) {
        Known last = known.get(dataset);
        return last == null ? Double.NaN : last.byColumn().getOrDefault(column, Double.NaN);
    }

    void retain(Set<DatasetName> names) {
        known.keySet().retainAll(names);
    }

    private void look(Dataset dataset) {
        Known found;
        try {
            found = ratios(dataset.table());
        } catch (RuntimeException e) {
            LOG.debug("no statistics of {}", dataset.name(), e);
            found = new Known(dataset.table(), Map.of(), 0);
        }
        Known now = found;
        known.computeIfPresent(dataset.name(), (_, last) -> last.table() == now.table() ? now : last);
    }

    private static Known ratios(Table table) {
        TableStatistics statistics = table.statistics();
        Map<String, Double> ratios = new LinkedHashMap<>();
        int leftOut = 0;
        if (statistics.rows().isPresent()) {
            long rows = statistics.rows().getAsLong();
            for (ColumnStatistics column : statistics.columns()) {
                Long nulls = column.nulls();
                if (nulls != null && ratios.size() < MAX_COLUMNS) {
                    ratios.put(column.column(), rows == 0 ? 0.0 : (double) nulls / rows);
                } else if (nulls != null) {
                    leftOut++;
                }
            }
        }
        return new Known(table, ratios, leftOut);
    }

    @Override
    public void close() {
        worker.shutdownNow();
        try {
            worker.awaitTermination(CLOSE_BOUND.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
