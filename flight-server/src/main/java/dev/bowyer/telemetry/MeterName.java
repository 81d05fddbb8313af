package dev.bowyer.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Every metric there is: what is not in this table is not exported, and the reference page is made of it.
/// Labels are of few values: states, codes and names of datasets and columns, never a text, a user or a
/// query.
enum MeterName {
    QUERIES(
            Kind.COUNTER,
            "bowyer.queries",
            null,
            "protocol,state,code",
            "Queries that ended, refused ones among them."),
    QUERIES_RUNNING(Kind.GAUGE, "bowyer.queries.running", null, "", "Queries that run now."),
    QUERIES_QUEUED(Kind.GAUGE, "bowyer.queries.queued", null, "", "Queries that wait for their turn now."),
    QUERIES_REJECTED(
            Kind.COUNTER, "bowyer.queries.rejected", null, "limit", "Queries refused for a limit of admission."),
    QUEUE(
            Kind.HISTOGRAM,
            "bowyer.query.queue",
            Unit.SECONDS,
            "protocol",
            "Time in the queue of queries that were let in."),
    PLANNING(Kind.HISTOGRAM, "bowyer.query.planning", Unit.SECONDS, "protocol", "Time of planning a statement."),
    FIRST_BATCH(
            Kind.HISTOGRAM,
            "bowyer.query.first.batch",
            Unit.SECONDS,
            "protocol",
            "From a run's begin to its first rows."),
    DURATION(
            Kind.HISTOGRAM,
            "bowyer.query.duration",
            Unit.SECONDS,
            "protocol",
            "From a run's begin to its end, waiting for the reader included."),
    ROWS(Kind.COUNTER, "bowyer.query.rows", null, "protocol", "Rows handed out."),
    BYTES(Kind.COUNTER, "bowyer.query", Unit.BYTES, "protocol", "Bytes of the messages handed out."),
    SPILLED(Kind.COUNTER, "bowyer.query.spilled", Unit.BYTES, "protocol", "Bytes written to the spill folder."),
    STALLED(Kind.COUNTER, "bowyer.query.stalled", Unit.SECONDS, "", "Time that streams waited for their readers."),
    POOL_USED(
            Kind.GAUGE,
            "bowyer.pool.used",
            Unit.BYTES,
            "",
            "Memory that running operators count, outside of the Java heap."),
    POOL_PEAK(Kind.GAUGE, "bowyer.pool.peak", Unit.BYTES, "", "The most that it ever was."),
    POOL_LIMIT(Kind.GAUGE, "bowyer.pool.limit", Unit.BYTES, "", "`limits.total-memory`."),
    SPILL_USED(Kind.GAUGE, "bowyer.spill.used", Unit.BYTES, "", "In the spill folder now."),
    SPILL_LIMIT(Kind.GAUGE, "bowyer.spill.limit", Unit.BYTES, "", "`limits.spill`."),
    RESIDENT(Kind.GAUGE, "bowyer.memory.resident", Unit.BYTES, "", "Resident memory of the whole process (Linux)."),
    DIRECT(Kind.GAUGE, "bowyer.memory.direct", Unit.BYTES, "", "Direct buffers of the network and of Java."),
    CACHE(Kind.GAUGE, "bowyer.cache", Unit.BYTES, "cache", "What a cache holds."),
    CACHE_HITS(Kind.COUNTER, "bowyer.cache.hits", null, "cache", "Answers that came out of it."),
    CACHE_MISSES(Kind.COUNTER, "bowyer.cache.misses", null, "cache", "Answers that were looked for and not there."),
    CONNECTIONS(Kind.GAUGE, "bowyer.connections", null, "protocol", "Open connections."),
    STREAMS(Kind.GAUGE, "bowyer.streams", null, "protocol", "Results that are being fetched."),
    DATASET_ROWS(Kind.GAUGE, "bowyer.dataset.rows", null, "dataset", "Rows, where the format tells; otherwise NaN."),
    DATASET_FILES(Kind.GAUGE, "bowyer.dataset.files", null, "dataset", "Files."),
    DATASET_BYTES(Kind.GAUGE, "bowyer.dataset", Unit.BYTES, "dataset", "Size of the files as they lie in storage."),
    DATASET_REFRESHED(
            Kind.GAUGE,
            "bowyer.dataset.last.refresh.timestamp",
            Unit.SECONDS,
            "dataset",
            "When its files were last looked at and were good, since 1970."),
    DATASET_REFRESH_FAILED(Kind.GAUGE, "bowyer.dataset.refresh.failed", null, "dataset", "1: the last look failed."),
    DATASET_NULLS(
            Kind.DATASET_GAUGE,
            "bowyer.dataset.null.ratio",
            null,
            "dataset,column",
            "Share of NULLs in a column, 0 to 1, where the files tell."),
    DATASET_DRIFT(
            Kind.GAUGE,
            "bowyer.dataset.schema.drift",
            null,
            "dataset",
            "1: the columns are others than when the dataset was registered."),
    DATASETS_LEFT_OUT(Kind.GAUGE, "bowyer.datasets.left.out", null, "", "Datasets over the limit, without metrics."),
    COLUMNS_LEFT_OUT(Kind.GAUGE, "bowyer.columns.left.out", null, "", "Columns over the limit, without a null ratio."),
    READY(Kind.GAUGE, "bowyer.ready", null, "", "1: the server wants requests."),
    BUILD_INFO(Kind.GAUGE, "bowyer.build.info", null, "version", "1."),
    JVM_MEMORY_USED(
            Kind.GAUGE, "jvm.memory.used", Unit.BYTES, "area,id", "Memory of the Java heap and beside it, in use."),
    JVM_MEMORY_COMMITTED(Kind.GAUGE, "jvm.memory.committed", Unit.BYTES, "area,id", "The same, reserved."),
    JVM_MEMORY_MAX(Kind.GAUGE, "jvm.memory.max", Unit.BYTES, "area,id", "The same, at most; -1: no limit of its own."),
    JVM_GC_PAUSE(Kind.PAUSES, "jvm.gc.pause", Unit.SECONDS, "action,cause,gc", "Pauses of the garbage collector."),
    JVM_GC_ALLOCATED(Kind.COUNTER, "jvm.gc.memory.allocated", Unit.BYTES, "", "Heap allocated between collections."),
    JVM_GC_LIVE(Kind.GAUGE, "jvm.gc.live.data.size", Unit.BYTES, "", "Heap in use after the last full collection."),
    JVM_THREADS_LIVE(Kind.GAUGE, "jvm.threads.live", "threads", "", "Platform threads."),
    JVM_THREADS_PEAK(Kind.GAUGE, "jvm.threads.peak", "threads", "", "The most that there ever were."),
    PROCESS_CPU(Kind.GAUGE, "process.cpu.usage", null, "", "Share of all cores that this process uses, 0 to 1."),
    PROCESS_UPTIME(Kind.GAUGE, "process.uptime", Unit.SECONDS, "", "Since the process started."),
    PROCESS_STARTED(Kind.GAUGE, "process.start.time", Unit.SECONDS, "", "When it started, since 1970."),
    PROCESS_FILES(Kind.GAUGE, "process.files.open", "files", "", "Open file descriptors."),
    PROCESS_FILES_MAX(Kind.GAUGE, "process.files.max", "files", "", "The most that it may have."),
    SYSTEM_CPUS(Kind.GAUGE, "system.cpus", null, "", "Cores that the process may use."),
    SYSTEM_CPU(Kind.GAUGE, "system.cpu.usage", null, "", "Share of all cores in use by all processes, 0 to 1."),
    SYSTEM_LOAD(Kind.GAUGE, "system.load.average.1m", null, "", "Load average of a minute.");

    private final Kind kind;
    private final String id;
    private final @Nullable String unit;
    private final String labels;
    private final String what;

    /// @param labels with commas between them
    MeterName(Kind kind, String id, @Nullable String unit, String labels, String what) {
        this.kind = kind;
        this.id = id;
        this.unit = unit;
        this.labels = labels;
        this.what = what;
    }

    private static final class Unit {
        static final String SECONDS = "seconds";
        static final String BYTES = "bytes";
    }

    enum Kind {
        COUNTER("counter", Meter.Type.COUNTER, true),
        GAUGE("gauge", Meter.Type.GAUGE, true),
        /// Depends on what there is to tell of the datasets.
        DATASET_GAUGE("gauge", Meter.Type.GAUGE, false),
        HISTOGRAM("histogram", Meter.Type.TIMER, true),
        /// There from the first pause on.
        PAUSES("summary", Meter.Type.TIMER, false);

        private final String prometheus;
        private final Meter.Type type;
        private final boolean always;

        Kind(String prometheus, Meter.Type type, boolean always) {
            this.prometheus = prometheus;
            this.type = type;
            this.always = always;
        }
    }

    /// What Micrometer knows it by.
    String id() {
        return id;
    }

    List<String> labels() {
        return labels.isEmpty() ? List.of() : List.of(labels.split(",", -1));
    }

    String what() {
        return what;
    }

    @Nullable
    String unit() {
        return unit;
    }

    /// The `# TYPE` that Prometheus is told.
    String type() {
        return kind.prometheus;
    }

    /// Whether it is there before anything has happened.
    boolean isAlwaysThere() {
        return kind.always;
    }

    /// As it stands at `/metrics`.
    String prometheusName() {
        String name = id.replace('.', '_');
        String withUnit = unit == null ? name : name + "_" + unit;
        return kind == Kind.COUNTER ? withUnit + "_total" : withUnit;
    }

    /// All that stands at `/metrics` of it: with a histogram or a summary comes the largest value of late.
    List<String> families() {
        return kind.type == Meter.Type.TIMER
                ? List.of(prometheusName(), prometheusName() + "_max")
                : List.of(prometheusName());
    }

    void gauge(MeterRegistry registry, Tags tags, DoubleSupplier value) {
        Gauge.builder(id, value, DoubleSupplier::getAsDouble)
                .tags(tags)
                .baseUnit(unit)
                .description(what)
                .strongReference(true)
                .register(registry);
    }

    /// The ids of all.
    static Set<String> ids() {
        return Arrays.stream(values()).map(MeterName::id).collect(Collectors.toUnmodifiableSet());
    }

    /// @param value of the one label
    Tags tagged(String value) {
        return Tags.of(Tag.of(labels().getFirst(), value));
    }
}
