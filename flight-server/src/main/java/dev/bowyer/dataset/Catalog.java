package dev.bowyer.dataset;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;
import org.apache.arrow.vector.types.pojo.Schema;
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

    /// Most datasets that are open, tables of mounted catalogs among them.
    static final int MAX_DATASETS = 100_000;

    private final TableOpener opener;
    private final LongSupplier nanoTime;
    private final AtomicReference<CatalogSnapshot> current = new AtomicReference<>(CatalogSnapshot.EMPTY);
    private final ReentrantLock updates = new ReentrantLock();
    private final ConcurrentMap<DatasetName, Look> looks = new ConcurrentHashMap<>();
    private final Mounts mounts;

    public Catalog(TableOpener opener) {
        this(opener, System::nanoTime);
    }

    Catalog(TableOpener opener, LongSupplier nanoTime) {
        this.opener = opener;
        this.nanoTime = nanoTime;
        this.mounts = new Mounts(nanoTime);
    }

    /// What is known without asking anyone.
    public CatalogSnapshot current() {
        return current.get();
    }

    /// As [#current], with what mounted catalogs list; they are asked when their interval has passed. One
    /// that does not answer keeps what it listed before.
    public CatalogSnapshot listed() {
        if (mounts.isEmpty()) {
            return current();
        }
        Mounts.Listing listing = mounts.list();
        update((datasets, unopened) -> {
            boolean changed = datasets.keySet().removeIf(name -> listing.lacks(name) && looks.remove(name) != null);
            NavigableSet<DatasetName> missing = new TreeSet<>(listing.names());
            missing.removeAll(datasets.keySet());
            changed |= !missing.equals(unopened);
            unopened.clear();
            unopened.addAll(missing);
            return changed;
        });
        return current();
    }

    /// Makes the tables of a catalog known under its name.
    ///
    /// @param refreshInterval least time between two listings of it, and two looks at one of its tables
    public void mount(Mount mount, Duration refreshInterval) {
        mounts.add(mount, refreshInterval);
    }

    /// The dataset of a name, as new as [#refresh] makes it: a registered one, a table of a mounted catalog,
    /// a version of another dataset (`orders@2026-01-31`) or rows about one (`orders$files`).
    ///
    /// @return empty: there is no such dataset
    /// @throws ServiceException as [TableOpener#refresh], [TableOpener#at], [TableOpener#metadata] and
    ///     [Mount#find]
    public Optional<Dataset> find(DatasetName wanted) {
        DatasetName name = mounts.canonical(wanted);
        if (current().find(name).isPresent()) {
            return refreshed(name);
        }
        DerivedName derived = DerivedName.of(name);
        Dataset base = derived == null ? null : find(derived.base()).orElse(null);
        if (derived != null && base != null) {
            AsOf asOf = derived.asOf();
            Table version = asOf == null ? base.table() : opener.at(base.name(), base.table(), asOf);
            return Optional.of(derived(name, derived, base, version));
        }
        return openMounted(name) ? refreshed(name) : Optional.empty();
    }

    private Dataset derived(DatasetName name, DerivedName derived, Dataset base, Table version) {
        String kind = derived.metadata();
        Table table = kind == null ? version : opener.metadata(base.name(), version, kind);
        DatasetName describes = kind != null && derived.asOf() == null ? base.name() : null;
        return new Dataset(name, base.source(), table, describes);
    }

    /// As [#find].
    ///
    /// @throws ServiceException DATASET_NOT_FOUND with the nearest names
    public Dataset require(DatasetName name) {
        return find(name).orElseThrow(() -> current().unknown(name));
    }

    /// The dataset in the version that [Table#version] named; of rows about a table, those about that version
    /// of it.
    ///
    /// @throws ServiceException as [#find]
    public Dataset at(Dataset dataset, String version) {
        if (version.equals(dataset.table().version())) {
            return dataset;
        }
        DerivedName derived = DerivedName.of(dataset.name());
        boolean describes = derived != null && derived.metadata() != null;
        Dataset base = describes && derived != null ? require(derived.base()) : dataset;
        Table table = opener.at(base.name(), base.table(), AsOf.parse(version));
        return describes && derived != null
                ? derived(dataset.name(), derived, base, table)
                : new Dataset(dataset.name(), dataset.source(), table);
    }

    private Optional<Dataset> refreshed(DatasetName name) {
        try {
            return refresh(List.of(name)).find(name);
        } catch (ServiceException e) {
            if (e.code() == ErrorCode.SOURCE_NOT_FOUND
                    && mounts.has(name)
                    && mounts.find(name).isEmpty()) {
                drop(name);
                return Optional.empty();
            }
            throw e;
        }
    }

    /// Opens a table of a mounted catalog on its first use; from then on it is like a registered dataset.
    ///
    /// @return whether it is there now
    private boolean openMounted(DatasetName name) {
        Source.Lake source = mounts.has(name) ? mounts.find(name).orElse(null) : null;
        if (source == null) {
            return false;
        }
        if (current().datasets().size() >= MAX_DATASETS) {
            throw new ServiceException(
                    ErrorCode.LIMIT_REACHED, "datasets: " + MAX_DATASETS + " are open, and \"" + name + "\" is not");
        }
        try {
            register(name, source, mounts.refreshInterval(name));
        } catch (ServiceException e) {
            // Another call was faster.
            if (e.code() != ErrorCode.DATASET_EXISTS) {
                throw e;
            }
        }
        return true;
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
        update((datasets, unopened) -> {
            requireAbsent(name);
            datasets.put(name, added);
            unopened.remove(name);
            looks.put(
                    name,
                    new Look(name, refreshInterval.toNanos(), added.table().schema()));
            return true;
        });
        return added;
    }

    /// Opens `source` without adding it; what [#put] takes.
    ///
    /// @throws ServiceException INVALID_ARGUMENT for a name that stands for something about another dataset;
    ///     DATASET_EXISTS for one that belongs to a mounted catalog; or whatever [TableOpener#open] throws
    public Dataset open(DatasetName name, Source source) {
        if (DerivedName.of(name) != null) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT,
                    "dataset name \"" + name + "\": @ and $ name versions of tables and rows about them",
                    "use another name");
        }
        if (isMounted(name)) {
            throw new ServiceException(
                    ErrorCode.DATASET_EXISTS,
                    "the name \"" + name + "\" belongs to a mounted catalog",
                    "use a namespace that no catalog has");
        }
        return new Dataset(name, source, opener.open(name, source));
    }

    /// Whether the name is one of a mounted catalog, whatever tables that has.
    public boolean isMounted(DatasetName name) {
        return mounts.has(mounts.canonical(name));
    }

    /// Adds what [#open] gave, in place of a dataset of that name if there is one: queries over snapshots
    /// that still have that one go on. Cannot fail.
    ///
    /// @param refreshInterval as for [#register]
    public void put(Dataset opened, Duration refreshInterval) {
        update((datasets, unopened) -> {
            datasets.put(opened.name(), opened);
            unopened.remove(opened.name());
            Schema schema = opened.table().schema();
            looks.put(opened.name(), new Look(opened.name(), refreshInterval.toNanos(), schema));
            return true;
        });
    }

    /// Queries over snapshots that still have it go on.
    ///
    /// @throws ServiceException DATASET_NOT_FOUND
    public void drop(DatasetName name) {
        update((datasets, _) -> {
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
                look.require(now, look.intervalNanos);
            }
        }
        return current();
    }

    /// As [#require] after a look at its files now, whatever the refresh interval.
    ///
    /// @throws ServiceException DATASET_NOT_FOUND; as [TableOpener#refresh]
    public Dataset refreshNow(DatasetName wanted) {
        DatasetName name = mounts.canonical(wanted);
        Look look = looks.get(name);
        if (look == null) {
            return require(name);
        }
        look.require(nanoTime.getAsLong(), 0);
        return current().require(name);
    }

    /// How fresh what is known of a dataset is. Does not block.
    ///
    /// @return empty: no such dataset is open
    public Optional<Freshness> freshness(DatasetName name) {
        Look look = looks.get(name);
        return look == null ? Optional.empty() : current().find(name).map(look::freshness);
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
    private void update(BiPredicate<NavigableMap<DatasetName, Dataset>, NavigableSet<DatasetName>> change) {
        updates.lock();
        try {
            CatalogSnapshot before = current.get();
            NavigableMap<DatasetName, Dataset> datasets = new TreeMap<>(before.byName());
            NavigableSet<DatasetName> unopened = new TreeSet<>(before.unopened());
            if (change.test(datasets, unopened)) {
                current.set(new CatalogSnapshot(before.version() + 1, datasets, unopened));
            }
        } finally {
            updates.unlock();
        }
    }

    /// When the files of one dataset were last looked at, and what came of it.
    private final class Look {
        private final DatasetName name;
        private final long intervalNanos;
        private final Schema accepted;
        private final ReentrantLock lock = new ReentrantLock();
        private volatile @Nullable Outcome last;
        private volatile Instant succeeded = Instant.now();

        /// @param accepted what later schemas are compared with
        Look(DatasetName name, long intervalNanos, Schema accepted) {
            this.name = name;
            this.intervalNanos = intervalNanos;
            this.accepted = accepted;
        }

        Freshness freshness(Dataset seen) {
            Outcome known = last;
            boolean drifted = !seen.table().schema().getFields().equals(accepted.getFields());
            return new Freshness(succeeded, known == null ? null : known.failure(), drifted);
        }

        /// Returns or throws the outcome of a look that began at `now` or later or, when it went well, within
        /// the interval before it; takes one if there is none.
        ///
        /// @param toleratedNanos the interval
        void require(long now, long toleratedNanos) {
            lock.lock();
            try {
                Outcome known = last;
                if (known == null || !known.holdsAt(now, toleratedNanos)) {
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
                succeeded = Instant.now();
            } catch (ServiceException e) {
                last = new Outcome(began, e);
                throw e;
            }
        }

        /// Does nothing when the dataset is dropped or registered anew meanwhile.
        private void lookAt(Dataset seen) {
            opener.refresh(seen.table())
                    .map(newer -> new Dataset(name, seen.source(), newer))
                    .ifPresent(newer -> update((datasets, _) -> datasets.replace(name, seen, newer)));
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
