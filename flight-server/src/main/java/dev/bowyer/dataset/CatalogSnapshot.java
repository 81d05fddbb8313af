package dev.bowyer.dataset;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.NearestNames;
import dev.bowyer.error.ServiceException;
import java.util.Collection;
import java.util.Collections;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/// All datasets at one moment. Immutable, compared by identity: engines keep what they prepare for a snapshot
/// under it.
public final class CatalogSnapshot {
    static final CatalogSnapshot EMPTY = new CatalogSnapshot(0, new TreeMap<>());

    private final long version;
    private final NavigableMap<DatasetName, Dataset> datasets;

    CatalogSnapshot(long version, NavigableMap<DatasetName, Dataset> datasets) {
        this.version = version;
        this.datasets = Collections.unmodifiableNavigableMap(datasets);
    }

    /// Counts the changes since the server started.
    public long version() {
        return version;
    }

    /// In order of their names.
    public Collection<Dataset> datasets() {
        return datasets.values();
    }

    public Optional<Dataset> find(DatasetName name) {
        return Optional.ofNullable(datasets.get(name));
    }

    /// @throws ServiceException DATASET_NOT_FOUND with the nearest names
    public Dataset require(DatasetName name) {
        Dataset found = datasets.get(name);
        if (found == null) {
            throw new ServiceException(
                    ErrorCode.DATASET_NOT_FOUND,
                    "no dataset named \"" + name + "\"",
                    NearestNames.hint(
                            name.toString(), datasets.keySet().stream().map(DatasetName::toString)));
        }
        return found;
    }

    NavigableMap<DatasetName, Dataset> byName() {
        return datasets;
    }
}
