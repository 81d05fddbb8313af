package dev.bowyer.telemetry;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.engine.EngineStats;
import dev.bowyer.query.Origin.Protocol;
import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryListener;
import dev.bowyer.telemetry.jfr.QueryRecorder;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All that a server tells of itself: it hears every query, and what else there is to read is given to it while the
/// server is built. Thread-safe once that is done. A query costs counters, two map entries and a log line; a message of
/// rows costs nothing.
public final class Telemetry implements QueryListener, AutoCloseable {
    /// How long the server waits for the last push of its metrics. The sender itself waits for several times as long.
    private static final Duration LAST_PUSH_BOUND = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(Telemetry.class);

    private final PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final CompositeMeterRegistry registry = new CompositeMeterRegistry();
    private final JvmGcMetrics collections = new JvmGcMetrics();
    /// Held, since the registry does not keep them from being collected.
    private final List<MeterBinder> binders = List.of(
            collections,
            new JvmMemoryMetrics(),
            new JvmThreadMetrics(),
            new FileDescriptorMetrics(),
            new ProcessorMetrics(),
            new UptimeMetrics());
    private final @Nullable OtlpPush push;
    private final @Nullable QueryTraces traces;
    private final List<QueryListener> listeners;
    private volatile @Nullable DatasetMeters datasets;

    private Telemetry(TelemetrySettings settings) {
        Set<String> known = MeterName.ids();
        registry.config().meterFilter(renamed("system.cpu.count", MeterName.SYSTEM_CPUS));
        registry.config().meterFilter(MeterFilter.denyUnless(id -> known.contains(id.getName())));
        registry.add(prometheus);
        push = settings.otlpMetrics() == null
                ? null
                : OtlpPush.start(settings.otlpMetrics(), settings.version(), this::updateDatasets);
        if (push != null) {
            registry.add(push);
        }
        traces = settings.otlpTraces() == null ? null : QueryTraces.start(settings.otlpTraces(), settings.version());
        List<CourseListener> courses = new ArrayList<>(List.of(new QueryLog(settings.slowQuery())));
        if (traces != null) {
            courses.add(traces);
        }
        listeners = List.of(new QueryMeters(registry), new QueryRecorder(), new QueryCourses(courses));
        process(settings.version());
    }

    /// The library's name ends as that of a part of a histogram, which linters of metrics refuse.
    private static MeterFilter renamed(String name, MeterName to) {
        return new MeterFilter() {
            @Override
            public Meter.Id map(Meter.Id id) {
                return id.getName().equals(name) ? id.withName(to.id()) : id;
            }
        };
    }

    /// Starts what was asked for: without addresses of collectors, no thread.
    public static Telemetry start(TelemetrySettings settings) {
        return new Telemetry(settings);
    }

    @Override
    public void on(QueryEvent event) {
        for (QueryListener listener : listeners) {
            listener.on(event);
        }
    }

    /// Every metric, in the text format of Prometheus.
    public String prometheusText() {
        updateDatasets();
        return prometheus.scrape();
    }

    /// @param stats read for each gauge
    /// @param spillLimit in bytes
    public void engine(Supplier<EngineStats> stats, long spillLimit) {
        gauge(MeterName.POOL_USED, () -> (double) stats.get().memoryUsed());
        gauge(MeterName.POOL_PEAK, () -> (double) stats.get().memoryPeak());
        gauge(MeterName.POOL_LIMIT, () -> (double) stats.get().memoryLimit());
        gauge(MeterName.SPILL_USED, () -> (double) stats.get().spilled());
        gauge(MeterName.SPILL_LIMIT, () -> (double) spillLimit);
        MeterName.CACHE.gauge(registry, MeterName.CACHE.tagged("metadata"), () ->
                (double) stats.get().metadataCacheBytes());
    }

    /// @param rejected by the name of the limit: how many queries it refused so far
    public void admission(DoubleSupplier running, DoubleSupplier queued, Map<String, DoubleSupplier> rejected) {
        gauge(MeterName.QUERIES_RUNNING, running);
        gauge(MeterName.QUERIES_QUEUED, queued);
        rejected.forEach(
                (limit, count) -> counter(MeterName.QUERIES_REJECTED, MeterName.QUERIES_REJECTED.tagged(limit), count));
    }

    /// The cache of results.
    public void resultCache(DoubleSupplier bytes, DoubleSupplier hits, DoubleSupplier misses) {
        Tags tags = MeterName.CACHE.tagged("results");
        MeterName.CACHE.gauge(registry, tags, bytes);
        counter(MeterName.CACHE_HITS, tags, hits);
        counter(MeterName.CACHE_MISSES, tags, misses);
    }

    public void protocol(Protocol protocol, DoubleSupplier connections, DoubleSupplier streams) {
        String label = QueryMeters.label(protocol);
        MeterName.CONNECTIONS.gauge(registry, MeterName.CONNECTIONS.tagged(label), connections);
        MeterName.STREAMS.gauge(registry, MeterName.STREAMS.tagged(label), streams);
    }

    /// @param network bytes of direct memory that the network layer takes beside Java's direct buffers
    public void memory(DoubleSupplier network) {
        ProcessMemory memory = new ProcessMemory();
        gauge(MeterName.RESIDENT, memory::resident);
        gauge(MeterName.DIRECT, () -> memory.directBuffers() + network.getAsDouble());
    }

    public void datasets(Catalog catalog) {
        datasets = new DatasetMeters(registry, catalog);
    }

    public void readiness(BooleanSupplier ready) {
        gauge(MeterName.READY, () -> ready.getAsBoolean() ? 1 : 0);
    }

    private void process(String version) {
        MeterName.BUILD_INFO.gauge(registry, MeterName.BUILD_INFO.tagged(version), () -> 1);
        binders.forEach(binder -> binder.bindTo(registry));
    }

    private void updateDatasets() {
        DatasetMeters meters = datasets;
        if (meters != null) {
            meters.update();
        }
    }

    private void gauge(MeterName name, DoubleSupplier value) {
        name.gauge(registry, Tags.empty(), value);
    }

    /// A registry does not keep what it counts by from being collected, so that is this object.
    private void counter(MeterName name, Tags tags, DoubleSupplier count) {
        FunctionCounter.builder(name.id(), this, _ -> count.getAsDouble())
                .tags(tags)
                .description(name.what())
                .register(registry);
    }

    /// Sends what waits to the collectors, metrics and spans at the same time, within bounds: a collector that does not
    /// answer must not keep the process until it is killed.
    @Override
    public void close() {
        DatasetMeters meters = datasets;
        Thread closing = Thread.ofPlatform().daemon().name("bowyer-last-push").unstarted(this::closeRegistries);
        try (meters;
                collections) {
            closing.start();
            if (traces != null) {
                traces.close();
            }
            if (push == null) {
                closing.join();
            } else if (!closing.join(LAST_PUSH_BOUND)) {
                LOG.warn("the last push of the metrics was given up: no answer");
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeRegistries() {
        // Closes both; the one that pushes does so for the last time.
        registry.close();
        if (push != null) {
            push.close();
        }
        prometheus.close();
    }
}
