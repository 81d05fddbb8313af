package dev.bowyer.telemetry;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.CatalogSnapshot;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Freshness;
import dev.bowyer.dataset.Table;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Gauges of each dataset. They come and go with the datasets, at [#update].
final class DatasetMeters implements AutoCloseable {
    /// Datasets that have gauges, the first by name: each has several series.
    static final int MAX_DATASETS = 200;

    private final Catalog catalog;
    private final NullRatios nullRatios = new NullRatios();
    private final Map<MeterName, MultiGauge> gauges = new EnumMap<>(MeterName.class);
    private volatile Map<DatasetName, Told> told = Map.of();
    private volatile int datasetsLeftOut;
    private volatile int columnsLeftOut;

    DatasetMeters(MeterRegistry registry, Catalog catalog) {
        this.catalog = catalog;
        MeterName.DATASETS_LEFT_OUT.gauge(registry, Tags.empty(), () -> datasetsLeftOut);
        MeterName.COLUMNS_LEFT_OUT.gauge(registry, Tags.empty(), () -> columnsLeftOut);
        for (MeterName name : List.of(
                MeterName.DATASET_ROWS,
                MeterName.DATASET_FILES,
                MeterName.DATASET_BYTES,
                MeterName.DATASET_REFRESHED,
                MeterName.DATASET_REFRESH_FAILED,
                MeterName.DATASET_NULLS,
                MeterName.DATASET_DRIFT)) {
            gauges.put(
                    name,
                    MultiGauge.builder(name.id())
                            .baseUnit(name.unit())
                            .description(name.what())
                            .register(registry));
        }
    }

    /// What is told of one dataset, from one moment.
    private record Told(double rows, double files, double bytes, double refreshed, double failed, double drifted) {
        static final Told NOTHING = new Told(Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN, Double.NaN);

        static Told of(Dataset dataset, @Nullable Freshness freshness) {
            Table table = dataset.table();
            return new Told(
                    table.rows().isPresent() ? (double) table.rows().getAsLong() : Double.NaN,
                    table.files(),
                    (double) table.bytes(),
                    freshness == null ? Double.NaN : freshness.succeeded().toEpochMilli() / 1000.0,
                    freshness != null && freshness.failure() != null ? 1 : 0,
                    freshness != null && freshness.drifted() ? 1 : 0);
        }
    }

    /// Follows what is registered now. To be called before the meters are read.
    synchronized void update() {
        CatalogSnapshot snapshot = catalog.current();
        List<Dataset> exported =
                snapshot.datasets().stream().limit(MAX_DATASETS).toList();
        Map<DatasetName, Told> now = new LinkedHashMap<>();
        for (Dataset dataset : exported) {
            now.put(
                    dataset.name(),
                    Told.of(dataset, catalog.freshness(dataset.name()).orElse(null)));
        }
        told = Map.copyOf(now);
        datasetsLeftOut = snapshot.datasets().size() - exported.size();
        register(MeterName.DATASET_ROWS, Told::rows);
        register(MeterName.DATASET_FILES, Told::files);
        register(MeterName.DATASET_BYTES, Told::bytes);
        register(MeterName.DATASET_REFRESHED, Told::refreshed);
        register(MeterName.DATASET_REFRESH_FAILED, Told::failed);
        register(MeterName.DATASET_DRIFT, Told::drifted);
        nulls(exported);
    }

    private void register(MeterName name, ToDoubleFunction<Told> value) {
        register(
                name,
                told.keySet().stream()
                        .map(dataset -> MultiGauge.Row.of(
                                name.tagged(dataset.toString()),
                                this,
                                meters -> value.applyAsDouble(meters.told.getOrDefault(dataset, Told.NOTHING))))
                        .toList());
    }

    private void nulls(List<Dataset> datasets) {
        List<MultiGauge.Row<?>> rows = new ArrayList<>();
        int leftOut = 0;
        for (Dataset dataset : datasets) {
            DatasetName name = dataset.name();
            NullRatios.Known known = nullRatios.of(dataset);
            for (String column : known.byColumn().keySet()) {
                Tags tags = Tags.of("dataset", name.toString(), "column", column);
                rows.add(MultiGauge.Row.of(tags, nullRatios, ratios -> ratios.ratio(name, column)));
            }
            leftOut += known.leftOut();
        }
        columnsLeftOut = leftOut;
        nullRatios.retain(told.keySet());
        register(MeterName.DATASET_NULLS, rows);
    }

    /// Adds what is new and removes what is gone.
    private void register(MeterName name, List<? extends MultiGauge.Row<?>> rows) {
        MultiGauge gauge = gauges.get(name);
        if (gauge != null) {
            gauge.register(rows);
        }
    }

    @Override
    public void close() {
        nullRatios.close();
    }
}
