package dev.bowyer.telemetry;

/// Writes the reference page of the metrics from the table that they are registered by.
public final class MetricsReference {
    private MetricsReference() {}

    /// The text of `docs/reference/metrics.md`.
    public static String markdown() {
        StringBuilder page = new StringBuilder(
                """
            # Metrics

            At `/metrics` on the HTTP port, in the text format of Prometheus. How to use them: [observe](../how-to/observe.md).

            * A histogram stands there as `_bucket`, `_count` and `_sum`; `NAME_max` is its largest value of the last minutes.
            * `protocol` is `flight` or `http`. `state` is `finished`, `failed`, `cancelled` or `abandoned` (closed by the reader
              before its end); `code` is the error code, or `NONE`. `limit` is `queue`, `per-caller` or `queue-wait`. `cache` is
              `metadata` or `results`.
            * Every series is there from the start, except for those of the datasets, which come and go with them, and
              `jvm_gc_pause_seconds`, which comes with the first pause.
            * Metrics of %d datasets are exported, the first by name, and null ratios of %d columns of each. Null ratios are worked
              out after a scrape has met a new version of the files, for datasets of at most %d files.

            | name | type | labels | unit | what |
            |---|---|---|---|---|
            """.formatted(DatasetMeters.MAX_DATASETS, NullRatios.MAX_COLUMNS, NullRatios.MAX_FILES));
        for (MeterName meter : MeterName.values()) {
            String unit = meter.unit();
            page.append("| `%s` | %s | %s | %s | %s |%n"
                    .formatted(
                            meter.prometheusName(),
                            meter.type(),
                            String.join(", ", meter.labels()),
                            unit == null ? "" : unit,
                            meter.what()));
        }
        return page.toString();
    }
}
