package dev.bowyer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.Source.CatalogTable;
import dev.bowyer.dataset.Source.TableFormat;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Versions of tables, rows about them, and the tables of mounted catalogs.
final class DerivedDatasetsTest {
    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final DatasetName ORDERS = new DatasetName("lake.sales", "orders");

    private final AtomicLong now = new AtomicLong();
    private final Catalog catalog = new Catalog(new VersionedTables(), now::incrementAndGet);
    private final Lake lake = new Lake();

    @ParameterizedTest
    @CsvSource({
        "orders@17, 17 at 17",
        "orders@main, 17 at main",
        "orders@2026-01-31, 17 at 2026-01-31T00:00:00Z",
        "orders@2026-01-31 10:00:00, 17 at 2026-01-31T10:00:00Z",
        "orders@2026-01-31T10:00:00.5+02:00, 17 at 2026-01-31T08:00:00.500Z",
        "orders$files, 17$files",
        "orders@3$files, 17 at 3$files"
    })
    void aNameMayStandForAVersionAndForRowsAboutIt(String name, String table) {
        catalog.register(new DatasetName("public", "orders"), lake.source("17"));
        Dataset found = catalog.require(new DatasetName("public", name));
        assertThat(found.table()).hasToString(table);
        assertThat(found.name().table()).isEqualTo(name);
        assertThat(catalog.current().names()).hasSize(1);
    }

    @Test
    void aRegisteredNameGoesFirst() {
        catalog.register(DatasetName.parse("a"), lake.source("1"));
        catalog.register(DatasetName.parse("a@2"), lake.source("other"));
        assertThat(catalog.require(DatasetName.parse("a@2")).table()).hasToString("other");
    }

    @ParameterizedTest
    @ValueSource(strings = {"orders@99999999999999999999", "orders@2026-02-31", "orders@2026-01-01T25:00"})
    void aVersionThatCannotBeIsRefusedWithItsText(String name) {
        catalog.register(DatasetName.parse("orders"), lake.source("1"));
        assertThatThrownBy(() -> catalog.find(new DatasetName("public", name)))
                .isInstanceOfSatisfying(ServiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
                    assertThat(e).hasMessageContaining(name.substring("orders@".length()));
                });
    }

    @Test
    void aVersionOfNothingIsNothing() {
        assertThat(catalog.find(DatasetName.parse("orders@1"))).isEmpty();
        assertThatThrownBy(() -> catalog.require(DatasetName.parse("orders@1")))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.DATASET_NOT_FOUND));
    }

    @Test
    void aTableOfAMountIsOpenedOnItsFirstUseAlone() {
        catalog.mount(lake, INTERVAL);
        assertThat(catalog.current().names()).isEmpty();
        assertThat(catalog.listed().names()).containsExactly(ORDERS);
        assertThat(catalog.listed().datasets()).isEmpty();
        Dataset first = catalog.require(DatasetName.parse("lake.sales.orders"));
        assertThat(first.name()).isEqualTo(ORDERS);
        assertThat(catalog.require(ORDERS)).isSameAs(first);
        assertThat(catalog.current().unopened()).isEmpty();
        assertThat(catalog.require(new DatasetName("lake", "sales.orders@7")).table())
                .hasToString("lake:sales.orders at 7");
        assertThat(catalog.find(DatasetName.parse("lake.sales.nothing"))).isEmpty();
    }

    @Test
    void aMountIsListedAgainWhenItsIntervalHasPassed() {
        catalog.mount(lake, INTERVAL);
        CatalogSnapshot before = catalog.listed();
        lake.tables.add(List.of("sales", "returns"));
        assertThat(catalog.listed()).isSameAs(before);
        now.addAndGet(INTERVAL.toNanos());
        assertThat(catalog.listed().names()).hasSize(2);
        assertThat(lake.listings).isEqualTo(2);
    }

    @Test
    void aTableThatItsCatalogDroppedIsGone() {
        catalog.mount(lake, INTERVAL);
        catalog.require(ORDERS);
        lake.tables.clear();
        lake.gone.add("lake:sales.orders");
        now.addAndGet(INTERVAL.toNanos());
        assertThat(catalog.find(ORDERS)).isEmpty();
        assertThat(catalog.listed().names()).isEmpty();
    }

    private static final class Lake implements Mount {
        final List<List<String>> tables = new ArrayList<>(List.of(List.of("sales", "orders")));
        final Set<String> gone = new HashSet<>();
        int listings;

        @Override
        public String name() {
            return "lake";
        }

        @Override
        public List<List<String>> tables() {
            listings++;
            return List.copyOf(tables);
        }

        @Override
        public Optional<Source.Lake> find(List<String> path) {
            String location = "lake:" + String.join(".", path);
            var place = new CatalogTable("lake", path.subList(0, path.size() - 1), path.getLast());
            return tables.contains(path)
                    ? Optional.of(new Source.Lake(TableFormat.ICEBERG, location, place, null))
                    : Optional.empty();
        }

        Source.Lake source(String location) {
            return new Source.Lake(TableFormat.ICEBERG, location, null, null);
        }
    }

    /// A table is its location; other versions and rows about it add to that text.
    private final class VersionedTables implements TableOpener {
        @Override
        public Table open(DatasetName name, Source source) {
            return new Text(source.location());
        }

        @Override
        public Optional<Table> refresh(Table table) {
            if (lake.gone.contains(table.toString())) {
                throw new ServiceException(ErrorCode.SOURCE_NOT_FOUND, table + " is gone");
            }
            return Optional.empty();
        }

        @Override
        public Table at(DatasetName name, Table table, AsOf asOf) {
            return new Text(table + " at " + asOf);
        }

        @Override
        public Table metadata(DatasetName name, Table table, String kind) {
            return new Text(table + "$" + kind);
        }
    }

    private record Text(String text) implements Table {
        @Override
        public Schema schema() {
            return new Schema(List.of());
        }

        @Override
        public String format() {
            return "text";
        }

        @Override
        public int files() {
            return 0;
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public OptionalLong rows() {
            return OptionalLong.empty();
        }

        @Override
        public @Nullable String version() {
            return null;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
