package dev.bowyer.dataset;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.util.Collection;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/// All datasets at one moment. Immutable, compared by identity: engines keep what they prepare for a snapshot
/// under it.
public final class CatalogSnapshot {
    static final CatalogSnapshot EMPTY = new CatalogSnapshot(0, new TreeMap<>(), new TreeSet<>());

    private final long version;
    private final NavigableMap<DatasetName, Dataset> datasets;
    private final NavigableSet<DatasetName> unopened;

    CatalogSnapshot(long version, NavigableMap<DatasetName, Dataset> datasets, NavigableSet<DatasetName> unopened) {
        this.version = version;
        this.datasets = Collections.unmodifiableNavigableMap(datasets);
        this.unopened = Collections.unmodifiableNavigableSet(unopened);
    }

    /// Counts the changes since the server started.
    public long version() {
        return version;
    }

    /// In order of their names.
    public Collection<Dataset> datasets() {
        return datasets.values();
    }

    /// Tables of mounted catalogs that were listed but not used so far; see [Catalog#find].
    public NavigableSet<DatasetName> unopened() {
        return unopened;
    }

    /// All names, in their order.
    public NavigableSet<DatasetName> names() {
        NavigableSet<DatasetName> names = new TreeSet<>(datasets.keySet());
        names.addAll(unopened);
        return names;
    }

    public Optional<Dataset> find(DatasetName name) {
        return Optional.ofNullable(datasets.get(name));
    }

    /// @throws ServiceException DATASET_NOT_FOUND with the nearest names
    public Dataset require(DatasetName name) {
        Dataset found = datasets.get(name);
        if (found == null) {
            throw unknown(name);
        }
        return found;
    }

    /// DATASET_NOT_FOUND with the nearest names.
    ServiceException unknown(DatasetName name) {
        return new ServiceException(
                ErrorCode.DATASET_NOT_FOUND,
                "no dataset named \"" + name + "\"",
                NearestNames.hint(name.toString(), names().stream().map(DatasetName::toString)));
    }

    NavigableMap<DatasetName, Dataset> byName() {
        return datasets;
    }
}
