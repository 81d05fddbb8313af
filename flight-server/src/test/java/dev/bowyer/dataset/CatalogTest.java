package dev.bowyer.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.dataset.Source.CsvOptions;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.vector.types.pojo.Schema;
import org.assertj.core.api.ThrowingConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class CatalogTest {
    private static final DatasetName TRIPS = DatasetName.parse("trips");
    private static final DatasetName ZONES = DatasetName.parse("zones");
    private static final Source SOURCE = new Source.Files("/data/trips", null, null, CsvOptions.DEFAULT);

    private final Files files = new Files();
    private final AtomicLong now = new AtomicLong();
    private final Catalog catalog = new Catalog(files, now::incrementAndGet);

    @Test
    void registeredDatasetsAreInTheNextSnapshotOnly() {
        CatalogSnapshot before = catalog.current();
        Dataset added = catalog.register(TRIPS, SOURCE);
        assertThat(before.find(TRIPS)).isEmpty();
        assertThat(catalog.current().require(TRIPS)).isSameAs(added);
        assertThat(catalog.current().version()).isEqualTo(before.version() + 1);
    }

    @Test
    void aNameIsTakenOnce() {
        catalog.register(TRIPS, SOURCE);
        CatalogSnapshot before = catalog.current();
        assertThatThrownBy(() -> catalog.register(TRIPS, SOURCE)).satisfies(has(ErrorCode.DATASET_EXISTS));
        assertThat(catalog.current()).isSameAs(before);
    }

    @Test
    void ofManyThatRegisterOneNameOneWins() throws Exception {
        AtomicInteger won = new AtomicInteger();
        inParallel(8, () -> {
            try {
                catalog.register(TRIPS, SOURCE);
                won.incrementAndGet();
            } catch (ServiceException e) {
                assertThat(e.code()).isEqualTo(ErrorCode.DATASET_EXISTS);
            }
        });
        assertThat(won).hasValue(1);
        assertThat(catalog.current().datasets()).hasSize(1);
    }

    @Test
    void sourcesThatDoNotOpenAreNotRegistered() {
        files.failure = new ServiceException(ErrorCode.SOURCE_INVALID, "trips.parquet: zero bytes");
        assertThatThrownBy(() -> catalog.register(TRIPS, SOURCE)).isSameAs(files.failure);
        assertThat(catalog.current().datasets()).isEmpty();
    }

    @Test
    void droppedDatasetsStayInOlderSnapshots() {
        catalog.register(TRIPS, SOURCE);
        CatalogSnapshot before = catalog.current();
        catalog.drop(TRIPS);
        assertThat(catalog.current().find(TRIPS)).isEmpty();
        assertThat(before.find(TRIPS)).isPresent();
        assertThatThrownBy(() -> catalog.drop(TRIPS)).satisfies(has(ErrorCode.DATASET_NOT_FOUND));
    }

    @Test
    void refreshSwapsTheVersionWhenFilesChanged() {
        catalog.register(TRIPS, SOURCE);
        CatalogSnapshot before = catalog.current();
        assertThat(catalog.refresh(List.of(TRIPS))).isSameAs(before);
        files.version.incrementAndGet();
        CatalogSnapshot after = catalog.refresh(List.of(TRIPS));
        assertThat(after).isSameAs(catalog.current()).isNotSameAs(before);
        assertThat(((Version) after.require(TRIPS).table()).number()).isEqualTo(1);
        assertThat(((Version) before.require(TRIPS).table()).number()).isZero();
    }

    @Test
    void refreshPassesOverUnknownNames() {
        assertThat(catalog.refresh(List.of(ZONES))).isSameAs(catalog.current());
        assertThat(files.looks).hasValue(0);
    }

    @Test
    void aBadNewVersionIsToldAndLeavesTheOldOne() {
        catalog.register(TRIPS, SOURCE);
        CatalogSnapshot before = catalog.current();
        files.failure = new ServiceException(ErrorCode.SOURCE_NOT_FOUND, "no file in /data/trips");
        assertThatThrownBy(() -> catalog.refresh(List.of(TRIPS))).isSameAs(files.failure);
        assertThat(catalog.current()).isSameAs(before);
        files.failure = null;
        files.version.incrementAndGet();
        assertThat(catalog.refresh(List.of(TRIPS))).isNotSameAs(before);
    }

    @Test
    void filesAreNotLookedAtAgainWithinTheInterval() {
        catalog.register(TRIPS, SOURCE, Duration.ofNanos(100));
        catalog.refresh(List.of(TRIPS));
        files.version.incrementAndGet();
        CatalogSnapshot within = catalog.refresh(List.of(TRIPS));
        assertThat(files.looks).hasValue(1);
        now.addAndGet(100);
        assertThat(catalog.refresh(List.of(TRIPS))).isNotSameAs(within);
        assertThat(files.looks).hasValue(2);
    }

    @Test
    void aFailureIsNotKeptForTheInterval() {
        catalog.register(TRIPS, SOURCE, Duration.ofDays(1));
        files.failure = new ServiceException(ErrorCode.SOURCE_NOT_FOUND, "no file in /data/trips");
        assertThatThrownBy(() -> catalog.refresh(List.of(TRIPS))).isSameAs(files.failure);
        files.failure = null;
        assertThat(catalog.refresh(List.of(TRIPS))).isSameAs(catalog.current());
        assertThat(catalog.refresh(List.of(TRIPS))).isSameAs(catalog.current());
        assertThat(files.looks).hasValue(2);
    }

    @Test
    void thoseWhoShareAFailedLookGetAnExceptionEach() throws Exception {
        catalog.register(TRIPS, SOURCE);
        CountDownLatch hold = new CountDownLatch(1);
        files.hold = hold;
        Set<Throwable> told = Collections.newSetFromMap(new IdentityHashMap<>());
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<CatalogSnapshot>> asked = new ArrayList<>();
            asked.add(threads.submit(() -> catalog.refresh(List.of(TRIPS))));
            await().until(() -> files.looks.get() == 1);
            long askedBefore = now.get();
            for (int i = 0; i < 8; i++) {
                asked.add(threads.submit(() -> catalog.refresh(List.of(TRIPS))));
            }
            await().until(() -> now.get() == askedBefore + 8);
            files.failure = new ServiceException(ErrorCode.SOURCE_INVALID, "trips.parquet: zero bytes", "write it");
            hold.countDown();
            for (Future<CatalogSnapshot> each : asked) {
                assertThatThrownBy(each::get)
                        .cause()
                        .satisfies(has(ErrorCode.SOURCE_INVALID))
                        .hasMessage("trips.parquet: zero bytes")
                        .satisfies(told::add);
            }
        }
        // Both looks throw the opener's own exception; here that is one object.
        assertThat(told).hasSize(8);
        assertThat(files.looks).hasValue(2);
    }

    @Test
    void concurrentRefreshesShareOneLook() throws Exception {
        catalog.register(TRIPS, SOURCE);
        CountDownLatch hold = new CountDownLatch(1);
        files.hold = hold;
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            Future<?> first = threads.submit(() -> catalog.refresh(List.of(TRIPS)));
            await().until(() -> files.looks.get() == 1);
            List<Future<?>> others = new ArrayList<>();
            long askedBefore = now.get();
            for (int i = 0; i < 8; i++) {
                others.add(threads.submit(() -> {
                    return catalog.refresh(List.of(TRIPS));
                }));
            }
            await().until(() -> now.get() == askedBefore + 8);
            hold.countDown();
            first.get();
            for (Future<?> other : others) {
                other.get();
            }
        }
        assertThat(files.looks).hasValue(2);
    }

    @Test
    void aDatasetDroppedDuringItsRefreshStaysDropped() throws Exception {
        catalog.register(TRIPS, SOURCE);
        CountDownLatch hold = new CountDownLatch(1);
        files.hold = hold;
        files.version.incrementAndGet();
        try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<CatalogSnapshot> refresh = threads.submit(() -> catalog.refresh(List.of(TRIPS)));
            await().until(() -> files.looks.get() == 1);
            catalog.drop(TRIPS);
            hold.countDown();
            assertThat(refresh.get().find(TRIPS)).isEmpty();
        }
        assertThat(catalog.current().find(TRIPS)).isEmpty();
    }

    private static void inParallel(int threads, Runnable action) throws Exception {
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                running.add(executor.submit(action));
            }
            for (Future<?> each : running) {
                each.get();
            }
        }
    }

    private static ThrowingConsumer<Throwable> has(ErrorCode code) {
        return e -> assertThat(((ServiceException) e).code()).isEqualTo(code);
    }

    /// What an engine would find on disk: a version, or a failure; slow while held.
    private static final class Files implements TableOpener {
        final AtomicInteger version = new AtomicInteger();
        final AtomicInteger looks = new AtomicInteger();
        volatile @Nullable ServiceException failure;
        volatile CountDownLatch hold = new CountDownLatch(0);

        @Override
        public Table open(DatasetName name, Source source) {
            return seen();
        }

        @Override
        public Optional<Table> refresh(Table table) {
            looks.incrementAndGet();
            try {
                hold.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            Table seen = seen();
            return seen.equals(table) ? Optional.empty() : Optional.of(seen);
        }

        private Table seen() {
            ServiceException thrown = failure;
            if (thrown != null) {
                throw thrown;
            }
            return new Version(version.get());
        }
    }

    private record Version(int number) implements Table {
        @Override
        public Schema schema() {
            return new Schema(List.of());
        }

        @Override
        public String format() {
            return "parquet";
        }

        @Override
        public int files() {
            return 1;
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public OptionalLong rows() {
            return OptionalLong.empty();
        }
    }
}
