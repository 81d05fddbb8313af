package dev.bowyer;

import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Seal;
import dev.bowyer.config.Config;
import dev.bowyer.config.Config.CatalogEntry;
import dev.bowyer.config.Config.DatasetEntry;
import dev.bowyer.config.Config.StoreEntry;
import dev.bowyer.config.ListenAddress;
import dev.bowyer.config.MemoryBudget;
import dev.bowyer.config.Redaction;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.Dataset;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.ObjectStores;
import dev.bowyer.dataset.Source.TableFormat;
import dev.bowyer.dataset.TableOpener;
import dev.bowyer.dataset.delta.DeltaFormat;
import dev.bowyer.dataset.iceberg.CatalogMount;
import dev.bowyer.dataset.iceberg.CatalogSettings;
import dev.bowyer.dataset.iceberg.IcebergCatalogs;
import dev.bowyer.dataset.iceberg.IcebergFormat;
import dev.bowyer.dataset.lake.LakeTables;
import dev.bowyer.dataset.lake.ParquetRows;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.ParquetRowReader;
import dev.bowyer.engine.datafusion.NativeEngine;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.FlightEndpoint;
import dev.bowyer.flight.FlightSettings;
import dev.bowyer.query.LoggingListener;
import dev.bowyer.query.QueryService;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/// A running server: everything that is in it, in the order in which it is built.
public final class App implements AutoCloseable {
    /// How long running queries may go on when the server stops.
    private static final Duration DRAIN_GRACE = Duration.ofSeconds(10);

    /// Bytes of metadata of tables that are held as Arrow vectors while versions are planned.
    private static final long MAX_PLAN_MEMORY = 1L << 30;

    private final Owned owned;
    private final Catalog catalog;
    private final ListenAddress flightAddress;
    private final List<ServiceException> skipped;

    private App(Owned owned, Config config, BadDatasets badDatasets) {
        this.owned = owned;
        MemoryBudget memory = MemoryBudget.of(config.limits());
        ExecutionLimits limits =
                new ExecutionLimits(memory.queryBytes(), config.limits().timeout());
        ListenAddress address = config.server().flight();
        NativeEngine engine = own(NativeEngine.start(EngineOptions.defaults().withMemoryBytes(memory.totalBytes())));
        config.stores().forEach(store -> engine.objects().put(store.prefix(), store.options()));
        IcebergCatalogs catalogs = own(new IcebergCatalogs(
                settings(config.catalogs()),
                engine.objects(),
                config.stores().stream().map(StoreEntry::prefix).collect(Collectors.toSet())));
        catalog = new Catalog(tables(engine, catalogs));
        config.catalogs().stream()
                .filter(CatalogEntry::mount)
                .forEach(entry -> catalog.mount(new CatalogMount(catalogs, entry.name()), entry.refresh()));
        skipped = new Registration(catalog, config.redaction()).register(config.datasets(), badDatasets);
        QueryService queries = own(new QueryService(catalog, engine, limits, new LoggingListener()));
        Config.Tickets tickets = config.tickets();
        Seal seal = tickets.keys().isEmpty() ? Seal.ofRandomKey() : Seal.of(tickets.keys());
        Authenticator authenticator =
                Authenticator.of(config.auth().users(), seal, config.auth().tokenExpiry());
        FlightSettings settings = new FlightSettings(
                address.host(),
                address.port(),
                config.server().advertise(),
                DRAIN_GRACE,
                version(),
                tickets.expiry(),
                tickets.plain(),
                tickets.rawSql());
        BufferAllocator metadataMemory = own(new RootAllocator());
        FlightEndpoint flight =
                own(FlightEndpoint.start(settings, seal, authenticator, queries, catalog, metadataMemory));
        flightAddress = new ListenAddress(address.host(), flight.port());
    }

    private TableOpener tables(NativeEngine engine, IcebergCatalogs catalogs) {
        BufferAllocator planMemory = own(new RootAllocator(MAX_PLAN_MEMORY));
        ObjectStores stores = engine.objects();
        IcebergFormat iceberg =
                own(new IcebergFormat(stores, catalogs, planMemory, IcebergFormat.MANIFEST_CACHE_BYTES));
        ParquetRows checkpoints = new ParquetRowReader(engine, planMemory, ParquetRowReader.DEFAULT_TIMEOUT);
        DeltaFormat delta = new DeltaFormat(stores, checkpoints, planMemory);
        return new LakeTables(engine, engine, stores, Map.of(TableFormat.ICEBERG, iceberg, TableFormat.DELTA, delta));
    }

    private static List<CatalogSettings> settings(List<CatalogEntry> entries) {
        return entries.stream()
                .map(entry -> {
                    Map<String, String> properties = new HashMap<>(entry.options());
                    String warehouse = properties.remove("warehouse");
                    CatalogSettings.Type type =
                            CatalogSettings.Type.valueOf(entry.type().toUpperCase(Locale.ROOT));
                    if (type == CatalogSettings.Type.JDBC) {
                        rename(properties, "user");
                        rename(properties, "password");
                    }
                    return new CatalogSettings(entry.name(), type, entry.uri(), warehouse, properties, entry.timeout());
                })
                .toList();
    }

    /// To the name that Iceberg has for it.
    private static void rename(Map<String, String> properties, String key) {
        String value = properties.remove(key);
        if (value != null) {
            properties.put("jdbc." + key, value);
        }
    }

    /// Builds and starts everything; the caller closes it.
    ///
    /// @throws ServiceException when a dataset cannot be opened (unless they are skipped) or the address is taken;
    ///     nothing is left running then
    public static App start(Config config, BadDatasets badDatasets) {
        Owned owned = new Owned(new ArrayDeque<>());
        try {
            return new App(owned, config, badDatasets);
        } catch (RuntimeException | Error e) {
            owned.closeAfter(e);
            throw e;
        }
    }

    /// What to do at start with a dataset that cannot be opened.
    public enum BadDatasets {
        FAIL,
        SKIP
    }

    /// Where clients on this machine connect, with the real port.
    public URI flightUri() {
        return URI.create("grpc://" + flightAddress.toConnect());
    }

    /// In order of their names.
    public List<DatasetName> datasetNames() {
        return catalog.current().datasets().stream().map(Dataset::name).toList();
    }

    /// What was wrong with the datasets that were left out at start.
    public List<ServiceException> skipped() {
        return skipped;
    }

    /// Stops in the reverse order: first no new requests, last the engine. Idempotent.
    @Override
    public void close() {
        IllegalStateException failure = new IllegalStateException("not everything could be closed");
        owned.closeAfter(failure);
        if (failure.getSuppressed().length > 0) {
            throw failure;
        }
    }

    /// From the jar; classes that lie in a folder have none.
    public static String version() {
        String version = App.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    private <T extends AutoCloseable> T own(T part) {
        owned.parts().push(part);
        return part;
    }

    private record Owned(Deque<AutoCloseable> parts) {
        /// Closes all parts, whatever happens; failures are added to `reason`.
        void closeAfter(Throwable reason) {
            while (!parts.isEmpty()) {
                try {
                    parts.pop().close();
                } catch (Exception e) {
                    reason.addSuppressed(e);
                }
            }
        }
    }

    /// Registers the configured datasets, several at a time, since most of it is waiting for storage.
    ///
    /// @param redaction of the messages, since the engine knows locations with their references resolved
    private record Registration(Catalog catalog, Redaction redaction) {
        /// Most datasets that are opened at the same time.
        private static final int MAX_PARALLEL = 8;

        /// @return what was wrong with the datasets that were left out
        /// @throws ServiceException naming every dataset that cannot be opened, if none may be left out
        List<ServiceException> register(List<DatasetEntry> entries, BadDatasets badDatasets) {
            if (entries.isEmpty()) {
                return List.of();
            }
            List<ServiceException> failures = failuresOf(entries);
            if (badDatasets == BadDatasets.FAIL && !failures.isEmpty()) {
                throw joined(failures, entries.size());
            }
            return failures;
        }

        private List<ServiceException> failuresOf(List<DatasetEntry> entries) {
            List<ServiceException> failures = new ArrayList<>();
            // Platform threads: opening a table blocks in native code.
            try (ExecutorService openers = Executors.newFixedThreadPool(Math.min(MAX_PARALLEL, entries.size()))) {
                Map<DatasetEntry, Future<?>> running = new LinkedHashMap<>();
                for (DatasetEntry entry : entries) {
                    running.put(entry, openers.submit(() -> register(entry)));
                }
                running.forEach((entry, opening) -> {
                    try {
                        opening.get();
                    } catch (ExecutionException e) {
                        if (!(e.getCause() instanceof ServiceException cause)) {
                            throw new IllegalStateException(e.getCause());
                        }
                        failures.add(named(entry, cause));
                    } catch (InterruptedException e) {
                        openers.shutdownNow();
                        Thread.currentThread().interrupt();
                        throw (CancellationException) new CancellationException("interrupted at start").initCause(e);
                    }
                });
            }
            return failures;
        }

        private Dataset register(DatasetEntry entry) {
            Duration refresh = entry.refresh() == null ? Catalog.REFRESH_ALWAYS : entry.refresh();
            return catalog.register(entry.name(), entry.source(), refresh);
        }

        private ServiceException named(DatasetEntry entry, ServiceException cause) {
            String problem = entry.source().location() + "): " + cause.getMessage();
            return new ServiceException(
                    cause.code(),
                    "dataset \"" + entry.name() + "\" (" + redaction.apply(problem),
                    cause.hint() == null ? null : redaction.apply(cause.hint()),
                    cause);
        }

        private static ServiceException joined(List<ServiceException> failures, int all) {
            ServiceException first = failures.getFirst();
            String hint = first.hint() == null ? "--skip-bad starts without it" : first.hint();
            if (failures.size() == 1) {
                return new ServiceException(first.code(), String.valueOf(first.getMessage()), hint, first);
            }
            StringBuilder message = new StringBuilder(failures.size() + " of " + all + " datasets cannot be opened");
            failures.forEach(failure -> message.append("\n  ").append(failure.describe()));
            return new ServiceException(first.code(), message.toString(), "--skip-bad starts without them", first);
        }
    }
}
