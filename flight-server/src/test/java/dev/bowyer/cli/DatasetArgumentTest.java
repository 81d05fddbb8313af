package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.config.Config.DatasetEntry;
import dev.bowyer.config.Redaction;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DatasetArgumentTest {
    @ParameterizedTest
    @CsvSource({
        "trips=./t.parquet, trips, ./t.parquet",
        "sales.orders=/data/orders, sales.orders, /data/orders",
        "a=b=c.csv, a, b=c.csv",
        "./trips.parquet, trips, ./trips.parquet",
        "./trips.pq, trips, ./trips.pq",
        "./trips.parq, trips, ./trips.parq",
        "./Trips.Parquet, trips, ./Trips.Parquet",
        "./logs.csv.gz, logs, ./logs.csv.gz",
        "./sales/*.parquet, sales, ./sales/*.parquet",
        "/data/sales/**/*.csv, sales, /data/sales/**/*.csv",
        "/data/year=2026/, year_2026, /data/year=2026/",
        "./my-trips 1.parquet, my_trips_1, ./my-trips 1.parquet",
        "./2026.csv, _2026, ./2026.csv",
        "file:///data/trips.csv, trips, file:///data/trips.csv",
        "s3://lake/sales/, sales, s3://lake/sales/"
    })
    void namesComeFromTheLocation(String argument, String name, String location) {
        DatasetEntry entry = DatasetArgument.parse(argument);
        assertThat(entry.name()).hasToString(name);
        assertThat(entry.source().location()).isEqualTo(location);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/*.csv", "./---.csv"})
    void asksForANameWhereThereIsNone(String argument) {
        assertThatThrownBy(() -> DatasetArgument.parse(argument))
                .hasMessageContaining("no dataset name can be made of");
    }

    @Test
    void twoOfOneNameAreBothNamed() {
        List<DatasetEntry> entries = Stream.of("./a/trips.csv", "./b/trips.csv")
                .map(DatasetArgument::parse)
                .toList();
        assertThatThrownBy(() -> DatasetArgument.distinct(entries, new Redaction(Map.of())))
                .hasMessage("two datasets are named \"trips\": ./a/trips.csv and ./b/trips.csv");
    }
}
