package dev.bowyer.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Table;
import dev.bowyer.dataset.TableOpener;
import dev.bowyer.dataset.TableStatistics;
import dev.bowyer.dataset.TableStatistics.ColumnStatistics;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class DatasetMetersTest {
    private static final DatasetName TRIPS = DatasetName.parse("trips");
    private static final Source SOURCE = new Source.Files("/data/trips", null, null, Source.CsvOptions.DEFAULT);

    private final Files files = new Files();
    private final Catalog catalog = new Catalog(files);
    private final Telemetry telemetry = Telemetry.start(new TelemetrySettings(null, null, Duration.ZERO, "test"));

    @AfterEach
    void close() {
        telemetry.close();
    }

    @Test
    void aDatasetIsToldAsItIsNow() {
        telemetry.datasets(catalog);
        assertThat(telemetry.prometheusText()).doesNotContain("bowyer_dataset_rows");
        double registered = Instant.now().toEpochMilli() / 1000.0;
        catalog.register(TRIPS, SOURCE);
        assertThat(telemetry.prometheusText())
                .contains("bowyer_dataset_rows{dataset=\"trips\"} 10.0\n")
                .contains("bowyer_dataset_bytes{dataset=\"trips\"} 100.0\n")
                .contains("bowyer_dataset_refresh_failed{dataset=\"trips\"} 0.0\n");
        assertThat(catalog.freshness(TRIPS).orElseThrow().succeeded().toEpochMilli() / 1000.0)
                .isBetween(registered, registered + 60);
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(telemetry.prometheusText())
                        .contains("bowyer_dataset_null_ratio{column=\"a\",dataset=\"trips\"} 0.5\n")
                        .doesNotContain("column=\"b\""));
        files.rows = 20;
        catalog.refresh(List.of(TRIPS));
        assertThat(telemetry.prometheusText()).contains("bowyer_dataset_rows{dataset=\"trips\"} 20.0\n");
        await().atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(telemetry.prometheusText())
                        .contains("bowyer_dataset_null_ratio{column=\"a\",dataset=\"trips\"} 0.25\n"));
        catalog.drop(TRIPS);
        assertThat(telemetry.prometheusText()).doesNotContain("dataset=\"trips\"");
    }

    @Test
    void aFailedRefreshShowsUntilItHeals() {
        telemetry.datasets(catalog);
        catalog.register(TRIPS, SOURCE);
        files.failure = new ServiceException(ErrorCode.SOURCE_NOT_FOUND, "gone");
        assertThatThrownBy(() -> catalog.refresh(List.of(TRIPS))).isInstanceOf(ServiceException.class);
        assertThat(telemetry.prometheusText()).contains("bowyer_dataset_refresh_failed{dataset=\"trips\"} 1.0\n");
        files.failure = null;
        catalog.refresh(List.of(TRIPS));
        assertThat(telemetry.prometheusText()).contains("bowyer_dataset_refresh_failed{dataset=\"trips\"} 0.0\n");
    }

    @Test
    void otherColumnsAreADriftUntilTheDatasetIsRegisteredAnew() {
        telemetry.datasets(catalog);
        catalog.register(TRIPS, SOURCE);
        files.columns = 3;
        catalog.refresh(List.of(TRIPS));
        assertThat(telemetry.prometheusText()).contains("bowyer_dataset_schema_drift{dataset=\"trips\"} 1.0\n");
        catalog.drop(TRIPS);
        catalog.register(TRIPS, SOURCE);
        assertThat(telemetry.prometheusText()).contains("bowyer_dataset_schema_drift{dataset=\"trips\"} 0.0\n");
    }

    @Test
    void thereIsALimitOfDatasetsAndOfColumns() {
        telemetry.datasets(catalog);
        files.columns = NullRatios.MAX_COLUMNS + 7;
        for (int i = 0; i < DatasetMeters.MAX_DATASETS + 3; i++) {
            catalog.register(DatasetName.parse("d%04d".formatted(i)), SOURCE);
        }
        String page = telemetry.prometheusText();
        assertThat(page.lines().filter(line -> line.startsWith("bowyer_dataset_rows{")))
                .hasSize(DatasetMeters.MAX_DATASETS);
        assertThat(page).contains("bowyer_datasets_left_out 3.0\n").doesNotContain("d0200");
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(telemetry.prometheusText())
                        .contains("bowyer_columns_left_out " + 7.0 * DatasetMeters.MAX_DATASETS + "\n"));
        assertThat(telemetry.prometheusText().lines().filter(line -> line.contains("null_ratio{")))
                .hasSize(NullRatios.MAX_COLUMNS * DatasetMeters.MAX_DATASETS);
    }

    @Test
    void ofVeryManyFilesNoNullsAreLookedFor() {
        files.files = NullRatios.MAX_FILES + 1;
        try (NullRatios ratios = new NullRatios()) {
            assertThat(ratios.of(catalog.register(TRIPS, SOURCE)).byColumn()).isEmpty();
        }
        assertThat(files.looks).hasValue(0);
    }

    /// What an engine would find.
    private static final class Files implements TableOpener {
        volatile long rows = 10;
        volatile int columns = 2;
        volatile int files = 1;
        final AtomicInteger looks = new AtomicInteger();
        volatile @Nullable ServiceException failure;

        @Override
        public Table open(DatasetName name, Source source) {
            ServiceException thrown = failure;
            if (thrown != null) {
                throw thrown;
            }
            return new Version(this, rows, columns, files);
        }

        @Override
        public Optional<Table> refresh(Table table) {
            Table now = open(TRIPS, SOURCE);
            return now.equals(table) ? Optional.empty() : Optional.of(now);
        }
    }

    /// Five NULLs in column `a` and the others, but `b` is not known.
    private record Version(Files opener, long count, int columns, int files) implements Table {
        @Override
        public Schema schema() {
            return new Schema(names().map(name -> Field.nullable(name, new ArrowType.Utf8()))
                    .toList());
        }

        private Stream<String> names() {
            return IntStream.range(0, columns).mapToObj(i -> i < 26 ? String.valueOf((char) ('a' + i)) : "c" + i);
        }

        @Override
        public TableStatistics statistics() {
            opener.looks.incrementAndGet();
            List<ColumnStatistics> known = names().map(name ->
                            new ColumnStatistics(name, name.equals("b") && columns == 2 ? null : 5L, null, null))
                    .toList();
            return new TableStatistics(OptionalLong.of(count), known);
        }

        @Override
        public String format() {
            return "parquet";
        }

        @Override
        public long bytes() {
            return 100;
        }

        @Override
        public OptionalLong rows() {
            return OptionalLong.of(count);
        }
    }
}
