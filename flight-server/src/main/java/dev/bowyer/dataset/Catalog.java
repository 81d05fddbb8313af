package dev.bowyer.dataset;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The datasets of a server: one immutable [CatalogSnapshot] at a time, replaced as a whole. Thread-safe.
/// [#current] never blocks; what opens or looks at files blocks only its caller, since the swap of snapshots
/// does no I/O.
///
/// **A bad new version leaves the old one.** When a file is removed or damaged, [#refresh] throws: the query
/// that asked for fresh data must not be answered from files that are gone. The snapshot keeps the last good
/// version of that dataset, so listings still show it, and the next refresh looks again, whatever the refresh
/// interval: the dataset heals as soon as its files do.
public final class Catalog {
    /// Files are looked at again before each query.
    public static final Duration REFRESH_ALWAYS = Duration.ZERO;

    private final TableOpener opener;
    private final LongSupplier nanoTime;
    private final AtomicReference<CatalogSnapshot> current = new AtomicReference<>(CatalogSnapshot.EMPTY);
    private final ReentrantLock updates = new ReentrantLock();
    private final ConcurrentMap<DatasetName, Look> looks = new ConcurrentHashMap<>();

    public Catalog(TableOpener opener) {
        this(opener, System::nanoTime);
    }

    Catalog(TableOpener opener, LongSupplier nanoTime) {
        this.opener = opener;
        this.nanoTime = nanoTime;
    }

    public CatalogSnapshot current() {
        return current.get();
    }

    /// As the other, with [#REFRESH_ALWAYS].
    public Dataset register(DatasetName name, Source source) {
        return register(name, source, REFRESH_ALWAYS);
    }

    /// Opens `source` and adds it.
    ///
    /// @param refreshInterval least time between two looks at its files; see [#REFRESH_ALWAYS]
    /// @throws ServiceException DATASET_EXISTS, or whatever [TableOpener#open] throws
    public Dataset register(DatasetName name, Source source, Duration refreshInterval) {
        requireAbsent(name);
        Dataset added = new Dataset(name, source, opener.open(name, source));
        update(datasets -> {
            requireAbsent(name);
            datasets.put(name, added);
            looks.put(name, new Look(name, refreshInterval.toNanos()));
            return true;
        });
        return added;
    }

    /// Queries over snapshots that still have it go on.
    ///
    /// @throws ServiceException DATASET_NOT_FOUND
    public void drop(DatasetName name) {
        update(datasets -> {
            current().require(name);
            datasets.remove(name);
            looks.remove(name);
            return true;
        });
    }

    /// Looks at the files of `names` again, unless someone did so after this call began, or within the
    /// refresh interval and with success. Concurrent calls for one dataset wait for each other and share what
    /// they find, so that any number of them costs two looks at the most. Unknown names are passed over: the
    /// planner reports them, with their place in the SQL.
    ///
    /// @return the snapshot to plan over
    /// @throws ServiceException as [TableOpener#refresh], for the first dataset that fails
    public CatalogSnapshot refresh(Collection<DatasetName> names) {
        long now = nanoTime.getAsLong();
        for (DatasetName name : names) {
            Look look = looks.get(name);
            if (look != null) {
                look.require(now);
            }
        }
        return current();
    }

    private void requireAbsent(DatasetName name) {
        if (current().find(name).isPresent()) {
            throw new ServiceException(
                    ErrorCode.DATASET_EXISTS,
                    "a dataset named \"" + name + "\" exists already",
                    "drop it first, or use another name");
        }
    }

    /// @param change says whether it changed anything
    private void update(Predicate<NavigableMap<DatasetName, Dataset>> change) {
        updates.lock();
        try {
            CatalogSnapshot before = current.get();
            NavigableMap<DatasetName, Dataset> datasets = new TreeMap<>(before.byName());
            if (change.test(datasets)) {
                current.set(new CatalogSnapshot(before.version() + 1, datasets));
            }
        } finally {
            updates.unlock();
        }
    }

    /// When the files of one dataset were last looked at, and what came of it.
    private final class Look {
        private final DatasetName name;
        private final long intervalNanos;
        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable Outcome last;

        Look(DatasetName name, long intervalNanos) {
            this.name = name;
            this.intervalNanos = intervalNanos;
        }

        /// Returns or throws the outcome of a look that began at `now` or later or, when it went well, within
        /// the interval before it; takes one if there is none.
        void require(long now) {
            lock.lock();
            try {
                Outcome known = last;
                if (known == null || !known.holdsAt(now, intervalNanos)) {
                    take();
                    return;
                }
                ServiceException told = known.failure();
                if (told != null) {
                    // An exception of its own for each thread, since whoever catches one may add to it.
                    throw new ServiceException(told.code(), String.valueOf(told.getMessage()), told.hint(), told);
                }
            } finally {
                lock.unlock();
            }
        }

        private void take() {
            long began = nanoTime.getAsLong();
            try {
                current().find(name).ifPresent(this::lookAt);
                last = new Outcome(began, null);
            } catch (ServiceException e) {
                last = new Outcome(began, e);
                throw e;
            }
        }

        /// Does nothing when the dataset is dropped or registered anew meanwhile.
        private void lookAt(Dataset seen) {
            opener.refresh(seen.table())
                    .map(newer -> new Dataset(name, seen.source(), newer))
                    .ifPresent(newer -> update(datasets -> datasets.replace(name, seen, newer)));
        }
    }

    /// @param began when the look was begun, in [System#nanoTime]
    /// @param failure null if it went well
    private record Outcome(long began, @Nullable ServiceException failure) {
        /// A failure serves those alone who waited for it.
        boolean holdsAt(long now, long intervalNanos) {
            return began - (failure == null ? now - intervalNanos : now) >= 0;
        }
    }
}
