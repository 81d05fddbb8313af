package dev.bowyer;

import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Permissions;
import dev.bowyer.access.Seal;
import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.admission.AdmissionLimits;
import dev.bowyer.admission.Readiness;
import dev.bowyer.admission.RefusedBy;
import dev.bowyer.config.Config;
import dev.bowyer.config.Config.CatalogEntry;
import dev.bowyer.config.Config.StoreEntry;
import dev.bowyer.config.ListenAddress;
import dev.bowyer.config.MemoryBudget;
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
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.FlightEndpoint;
import dev.bowyer.flight.FlightServices;
import dev.bowyer.flight.FlightSettings;
import dev.bowyer.http.FlightAddress;
import dev.bowyer.http.HttpEndpoint;
import dev.bowyer.http.HttpServices;
import dev.bowyer.http.HttpSettings;
import dev.bowyer.http.connect.Server;
import dev.bowyer.query.Origin.Protocol;
import dev.bowyer.query.QueryService;
import dev.bowyer.query.RecentQueries;
import dev.bowyer.query.RunningQueries;
import dev.bowyer.registration.AllowedLocations;
import dev.bowyer.registration.DatasetRegistrations;
import dev.bowyer.registration.RegistrationStore;
import dev.bowyer.telemetry.Telemetry;
import dev.bowyer.telemetry.TelemetrySettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/// A running server: everything that is in it, in the order in which it is built.
public final class App implements AutoCloseable {
    /// Bytes of metadata of tables that are held as Arrow vectors while versions are planned.
    private static final long MAX_PLAN_MEMORY = 1L << 30;

    private final Owned owned;
    private final Config config;
    private final MemoryBudget memory;
    private final Catalog catalog;
    private final QueryService queries;
    private final FlightEndpoint flight;
    private final @Nullable HttpEndpoint http;
    private final Readiness readiness = new Readiness();
    private final AtomicBoolean draining = new AtomicBoolean();
    private final ListenAddress flightAddress;
    private final @Nullable ListenAddress httpAddress;
    private final boolean needsLogin;
    private final List<ServiceException> skipped;

    private App(Owned owned, Config config, BadDatasets badDatasets) {
        this.owned = owned;
        this.config = config;
        this.memory = MemoryBudget.of(config.limits());
        ExecutionLimits limits =
                new ExecutionLimits(memory.query(), config.limits().timeout());
        ListenAddress address = config.server().flight();
        NativeEngine engine = own(NativeEngine.start(engineOptions()));
        config.stores().forEach(store -> engine.objects().put(store.prefix(), store.options()));
        IcebergCatalogs catalogs = own(new IcebergCatalogs(
                settings(config.catalogs()),
                engine.objects(),
                config.stores().stream().map(StoreEntry::prefix).collect(Collectors.toSet())));
        catalog = new Catalog(tables(engine, catalogs));
        config.catalogs().stream()
                .filter(CatalogEntry::mount)
                .forEach(entry -> catalog.mount(new CatalogMount(catalogs, entry.name()), entry.refresh()));
        Permissions permissions = config.auth().users().isEmpty()
                ? Permissions.open()
                : Permissions.of(config.auth().admins());
        DatasetRegistrations registrations = registrations(permissions);
        List<ServiceException> bad = new ArrayList<>(
                new ConfiguredDatasets(catalog, config.redaction()).register(config.datasets(), badDatasets));
        bad.addAll(registrations.restore());
        skipped = List.copyOf(bad);
        Config.Telemetry told = config.telemetry();
        Telemetry telemetry = own(Telemetry.start(
                new TelemetrySettings(told.otlpTraces(), told.otlpMetrics(), told.slowQuery(), version())));
        AdmissionControl admission = AdmissionControl.of(admissionLimits(config.limits()));
        RecentQueries recent = new RecentQueries();
        queries = own(new QueryService(catalog, engine, limits, admission, event -> {
            recent.on(event);
            telemetry.on(event);
        }));
        Config.Tickets tickets = config.tickets();
        Seal seal = tickets.keys().isEmpty() ? Seal.ofRandomKey() : Seal.of(tickets.keys());
        Authenticator authenticator =
                Authenticator.of(config.auth().users(), seal, config.auth().tokenExpiry());
        needsLogin = authenticator.required();
        FlightSettings settings = new FlightSettings(
                address.host(),
                address.port(),
                config.server().advertise(),
                config.server().drain(),
                version(),
                tickets.expiry(),
                tickets.plain(),
                tickets.rawSql(),
                config.limits().stallTimeout());
        BufferAllocator metadataMemory = own(new RootAllocator());
        FlightServices services = new FlightServices(seal, authenticator, queries, catalog, registrations, readiness);
        flight = own(FlightEndpoint.start(settings, services, metadataMemory));
        flightAddress = new ListenAddress(address.host(), flight.port());
        observe(telemetry, engine, admission);
        http = http(new HttpServices(
                queries,
                catalog,
                authenticator,
                readiness,
                telemetry::prometheusText,
                registrations,
                permissions,
                recent,
                new FlightAddress(flight.port(), config.server().advertise()),
                version()));
        ListenAddress httpConfigured = config.server().http();
        httpAddress =
                http == null || httpConfigured == null ? null : new ListenAddress(httpConfigured.host(), http.port());
        readiness.become(Readiness.State.READY);
    }

    private EngineOptions engineOptions() {
        Path spillFolder = config.limits().spillFolder();
        return EngineOptions.defaults()
                .withMemoryBytes(memory.pool())
                .withMetadataCacheBytes(memory.metadataCache())
                .withSpill(
                        spillFolder == null ? EngineOptions.defaultSpillFolder() : spillFolder,
                        config.limits().spillBytes());
    }

    private static AdmissionLimits admissionLimits(Config.Limits limits) {
        return new AdmissionLimits(limits.concurrentQueries(), limits.perCaller(), limits.queue(), limits.queueWait());
    }

    private DatasetRegistrations registrations(Permissions permissions) {
        Path folder = config.server().dataFolder();
        Set<String> prefixes = config.stores().stream().map(StoreEntry::prefix).collect(Collectors.toSet());
        Set<DatasetName> configured =
                config.datasets().stream().map(Config.DatasetEntry::name).collect(Collectors.toSet());
        return new DatasetRegistrations(
                catalog,
                permissions,
                new AllowedLocations(config.server().datasetsBelow(), prefixes),
                folder == null ? RegistrationStore.forgetful() : own(RegistrationStore.open(folder)),
                configured);
    }

    private @Nullable HttpEndpoint http(HttpServices services) {
        ListenAddress address = config.server().http();
        if (address == null) {
            return null;
        }
        Config.Http bounds = config.http();
        HttpSettings settings = new HttpSettings(
                address.host(),
                address.port(),
                bounds.corsOrigins(),
                bounds.maxBody(),
                bounds.cache(),
                bounds.cacheEntry(),
                bounds.stallTimeout());
        return own(HttpEndpoint.start(settings, services));
    }

    /// All that there is to read for the metrics, before anyone can ask for them. HTTP, which serves them, is not there
    /// yet.
    private void observe(Telemetry telemetry, NativeEngine engine, AdmissionControl admission) {
        telemetry.engine(engine::stats, config.limits().spillBytes());
        telemetry.admission(
                admission::running,
                admission::queued,
                Arrays.stream(RefusedBy.values())
                        .collect(Collectors.toMap(RefusedBy::id, limit -> () -> admission.refused(limit))));
        telemetry.resultCache(
                () -> http == null ? 0 : http.cacheStats().bytes(),
                () -> http == null ? 0 : http.cacheStats().hits(),
                () -> http == null ? 0 : http.cacheStats().misses());
        RunningQueries running = queries.running();
        telemetry.protocol(Protocol.FLIGHT, flight::connections, () -> running.open(Protocol.FLIGHT));
        telemetry.protocol(
                Protocol.HTTP, () -> http == null ? 0 : http.connections(), () -> running.open(Protocol.HTTP));
        telemetry.memory(() -> (double) FlightEndpoint.directMemory());
        telemetry.datasets(catalog);
        telemetry.readiness(readiness::isReady);
    }

    private TableOpener tables(NativeEngine engine, IcebergCatalogs catalogs) {
        BufferAllocator planMemory = own(new RootAllocator(Math.min(MAX_PLAN_MEMORY, memory.direct() / 2)));
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
    /// @throws ServiceException when a dataset cannot be opened (unless they are skipped) or the address is
    ///     taken; nothing is left running then
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

    /// The same for HTTP; null when it is not served.
    public @Nullable URI httpUri() {
        return httpAddress == null ? null : URI.create("http://" + httpAddress.toConnect());
    }

    /// As clients on this machine see it.
    public Server asServer() {
        return new Server(flightUri(), httpUri(), needsLogin);
    }

    /// In order of their names.
    public List<DatasetName> datasetNames() {
        return catalog.current().datasets().stream().map(Dataset::name).toList();
    }

    /// What was wrong with the datasets that were left out at start.
    public List<ServiceException> skipped() {
        return skipped;
    }

    /// What was started, and with what, a line each.
    public List<String> report() {
        return StartReport.of(config, memory, catalog.current(), flightAddress, httpAddress);
    }

    /// Takes no new requests and lets the running ones go on for as long as `server.drain` says; what is left then ends
    /// with UNAVAILABLE. Flight and HTTP have one deadline. Health checks are told at once. Idempotent.
    public void drain() {
        if (!draining.compareAndSet(false, true)) {
            return;
        }
        readiness.become(Readiness.State.DRAINING);
        queries.refuse();
        Duration grace = config.server().drain();
        CompletableFuture<Void> deadline =
                new CompletableFuture<Void>().completeOnTimeout(null, grace.toMillis(), TimeUnit.MILLISECONDS);
        var _ = deadline.thenRun(() -> queries.stop(new ServiceException(
                ErrorCode.UNAVAILABLE, "the server is stopping", "ask another replica, or try again soon")));
        CompletableFuture<Void> ofHttp = http == null
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.runAsync(
                        () -> http.drain(grace), task -> Thread.ofVirtual().start(task));
        flight.drain(grace);
        ofHttp.join();
        deadline.cancel(false);
    }

    /// Drains, then stops in the reverse order, the engine last. Idempotent.
    @Override
    public void close() {
        drain();
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
}
