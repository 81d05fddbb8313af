package dev.bowyer.registration;

import dev.bowyer.access.Caller;
import dev.bowyer.access.Permissions;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.ParallelOpening;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;

/// Registers and drops datasets for callers, all or nothing: the source is opened first, then it is
/// remembered, and only then the catalog changes, which cannot fail. What is refused leaves catalog and
/// memory as they were, and a dataset of that name goes on serving. Thread-safe; all methods block on I/O, so
/// callers should be platform threads.
public final class DatasetRegistrations {
    /// Most datasets that are registered at run time.
    public static final int MAX_REGISTRATIONS = 10_000;

    private final Catalog catalog;
    private final Permissions permissions;
    private final AllowedLocations locations;
    private final RegistrationStore store;
    private final Set<DatasetName> configured;
    private final ReentrantLock changes = new ReentrantLock();
    private volatile NavigableMap<DatasetName, Registration> registered = new TreeMap<>();

    /// @param configured names of the configuration file, which are not for callers to change
    public DatasetRegistrations(
            Catalog catalog,
            Permissions permissions,
            AllowedLocations locations,
            RegistrationStore store,
            Set<DatasetName> configured) {
        this.catalog = catalog;
        this.permissions = permissions;
        this.locations = locations;
        this.store = store;
        this.configured = Set.copyOf(configured);
    }

    /// @param isNew whether there was none of that name
    public record Registered(Dataset dataset, boolean isNew) {}

    /// Opens again what was registered before the server was started. To be called once, before any caller
    /// comes.
    ///
    /// @return what was wrong, such as datasets that cannot be opened; these stay remembered
    public List<ServiceException> restore() {
        List<ServiceException> problems = new ArrayList<>(store.problems());
        NavigableMap<DatasetName, Registration> known = new TreeMap<>();
        List<Registration> wanted = new ArrayList<>();
        for (Registration stored : store.registrations()) {
            known.put(stored.name(), stored);
            if (configured.contains(stored.name())) {
                problems.add(new ServiceException(
                        ErrorCode.DATASET_EXISTS,
                        "dataset \"" + stored.name()
                                + "\" was registered at run time, and is in the configuration file now, which"
                                + " goes first"));
            } else {
                wanted.add(stored);
            }
        }
        ParallelOpening.each(wanted, this::open).forEach(failure -> problems.add(notRestored(failure)));
        registered = known;
        return problems;
    }

    private void open(Registration stored) {
        locations.check(stored.source());
        catalog.put(catalog.open(stored.name(), stored.source()), stored.interval());
    }

    private static ServiceException notRestored(ParallelOpening.Failure<Registration> failure) {
        ServiceException cause = failure.cause();
        String message = "dataset \"" + failure.entry().name() + "\", registered at run time: " + cause.getMessage();
        return new ServiceException(cause.code(), message, cause.hint(), cause);
    }

    /// Adds a dataset, or puts it in place of the one that was registered under its name.
    ///
    /// @throws ServiceException PERMISSION_DENIED for a caller or a location that may not; DATASET_EXISTS for
    ///     a name of the configuration file or of a catalog; UNAVAILABLE if it cannot be remembered; as
    ///     [Catalog#open]
    public Registered register(Caller caller, Registration wanted) {
        permissions.requireAdministrator(caller, "register datasets");
        DatasetName name = wanted.name();
        if (configured.contains(name)) {
            throw new ServiceException(
                    ErrorCode.DATASET_EXISTS,
                    "dataset \"" + name + "\" is of the server's configuration",
                    "change it there, or use another name");
        }
        if (name.namespace().equalsIgnoreCase("information_schema")) {
            throw new ServiceException(
                    ErrorCode.INVALID_ARGUMENT, "dataset name \"" + name + "\": the namespace is SQL's own");
        }
        locations.check(wanted.source());
        Dataset opened = catalog.open(name, wanted.source());
        changes.lock();
        try {
            NavigableMap<DatasetName, Registration> changed = new TreeMap<>(registered);
            changed.put(name, wanted);
            if (changed.size() > MAX_REGISTRATIONS) {
                throw new ServiceException(
                        ErrorCode.LIMIT_REACHED,
                        "registered-datasets: " + MAX_REGISTRATIONS + " are registered at run time",
                        "drop some, or name them in the configuration file");
            }
            store.write(changed.values());
            boolean isNew = catalog.current().find(name).isEmpty();
            catalog.put(opened, wanted.interval());
            registered = changed;
            return new Registered(opened, isNew);
        } finally {
            changes.unlock();
        }
    }

    /// Drops a dataset that was registered at run time, also one that could not be opened since.
    ///
    /// @throws ServiceException PERMISSION_DENIED for a caller that may not, and for datasets that were not
    ///     registered at run time; DATASET_NOT_FOUND with the nearest names; UNAVAILABLE if that cannot be
    ///     remembered
    public void drop(Caller caller, DatasetName name) {
        permissions.requireAdministrator(caller, "drop datasets");
        changes.lock();
        try {
            if (!registered.containsKey(name) || configured.contains(name)) {
                if (configured.contains(name) || catalog.isMounted(name)) {
                    throw new ServiceException(
                            ErrorCode.PERMISSION_DENIED,
                            "dataset \"" + name + "\" was not registered at run time",
                            "remove it from the server's configuration, or from its catalog");
                }
                catalog.current().require(name);
            }
            NavigableMap<DatasetName, Registration> changed = new TreeMap<>(registered);
            changed.remove(name);
            store.write(changed.values());
            registered = changed;
            if (catalog.current().find(name).isPresent()) {
                catalog.drop(name);
            }
        } finally {
            changes.unlock();
        }
    }

    /// Looks at the files of a dataset now, whatever its refresh interval. Anybody may.
    ///
    /// @throws ServiceException as [Catalog#refreshNow]
    public Dataset refresh(DatasetName name) {
        return catalog.refreshNow(name);
    }

    /// Whether the dataset came by [#register].
    public boolean isRegistered(DatasetName name) {
        return registered.containsKey(name) && !configured.contains(name);
    }
}
