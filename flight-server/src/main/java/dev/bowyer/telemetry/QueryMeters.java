package dev.bowyer.telemetry;

import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.query.Origin.Protocol;
import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryIdentity;
import dev.bowyer.query.QueryListener;
import dev.bowyer.query.QueryState;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.LongStream;

/// Counts and times queries. Every series is there from the start, so that a rate is right from the first query on.
final class QueryMeters implements QueryListener {
    /// Bounds of the buckets: what a dashboard query takes, up to what a report takes.
    private static final Duration[] BUCKETS = LongStream.of(
                    1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000)
            .mapToObj(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final Map<Protocol, OfProtocol> meters = new EnumMap<>(Protocol.class);
    private final LongAdder stalledNanos = new LongAdder();

    QueryMeters(MeterRegistry registry) {
        for (Protocol protocol : Protocol.values()) {
            meters.put(protocol, new OfProtocol(registry, label(protocol)));
        }
        FunctionCounter.builder(
                        MeterName.STALLED.id(),
                        stalledNanos,
                        nanos -> (double) nanos.sum() / TimeUnit.SECONDS.toNanos(1))
                .baseUnit(MeterName.STALLED.unit())
                .description(MeterName.STALLED.what())
                .register(registry);
    }

    static String label(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void on(QueryEvent event) {
        switch (event) {
            case QueryEvent.Begun _ -> {}
            case QueryEvent.Planned(QueryIdentity query, Duration took, var _) -> {
                // A plan that is used again was not planned.
                if (!took.isZero()) {
                    of(query).planning.record(took);
                }
            }
            case QueryEvent.Admitted(QueryIdentity query, Duration waited) ->
                of(query).queue.record(waited);
            case QueryEvent.FirstBatch(QueryIdentity query, Duration sinceBegun) ->
                of(query).firstBatch.record(sinceBegun);
            case QueryEvent.Stalled(QueryIdentity _, Duration waited) -> stalledNanos.add(waited.toNanos());
            case QueryEvent.Ended ended -> of(ended.query()).ended(ended);
        }
    }

    private OfProtocol of(QueryIdentity query) {
        OfProtocol found = meters.get(query.origin().protocol());
        if (found == null) {
            throw new IllegalStateException("no meters of " + query.origin().protocol());
        }
        return found;
    }

    private static final class OfProtocol {
        private final Counter finished;
        private final Counter abandoned;
        private final Map<ErrorCode, Counter> failed = new EnumMap<>(ErrorCode.class);
        private final Timer queue;
        private final Timer planning;
        private final Timer firstBatch;
        private final Timer duration;
        private final Counter rows;
        private final Counter bytes;
        private final Counter spilled;

        OfProtocol(MeterRegistry registry, String protocol) {
            finished = queries(registry, protocol, QueryState.FINISHED, QueryState.NO_CODE);
            abandoned = queries(registry, protocol, QueryState.ABANDONED, QueryState.NO_CODE);
            for (ErrorCode code : ErrorCode.values()) {
                failed.put(code, queries(registry, protocol, QueryState.of(code), code.name()));
            }
            queue = timer(registry, MeterName.QUEUE, protocol);
            planning = timer(registry, MeterName.PLANNING, protocol);
            firstBatch = timer(registry, MeterName.FIRST_BATCH, protocol);
            duration = timer(registry, MeterName.DURATION, protocol);
            rows = counter(registry, MeterName.ROWS, MeterName.ROWS.tagged(protocol));
            bytes = counter(registry, MeterName.BYTES, MeterName.BYTES.tagged(protocol));
            spilled = counter(registry, MeterName.SPILLED, MeterName.SPILLED.tagged(protocol));
        }

        void ended(QueryEvent.Ended ended) {
            switch (ended.outcome()) {
                case QueryEvent.Finished() -> finished.increment();
                case QueryEvent.Abandoned() -> abandoned.increment();
                case QueryEvent.Failed(var error) -> {
                    Counter counter = failed.get(error.code());
                    if (counter != null) {
                        counter.increment();
                    }
                }
            }
            QueryMetrics used = ended.metrics();
            duration.record(ended.elapsed());
            rows.increment((double) used.rows());
            bytes.increment((double) used.bytes());
            spilled.increment((double) used.spilled());
        }

        private static Counter queries(MeterRegistry registry, String protocol, QueryState state, String code) {
            Tags tags = Tags.of("protocol", protocol, "state", state.label(), "code", code);
            return counter(registry, MeterName.QUERIES, tags);
        }

        private static Counter counter(MeterRegistry registry, MeterName name, Tags tags) {
            return Counter.builder(name.id())
                    .tags(tags)
                    .baseUnit(name.unit())
                    .description(name.what())
                    .register(registry);
        }

        private static Timer timer(MeterRegistry registry, MeterName name, String protocol) {
            return Timer.builder(name.id())
                    .tags(name.tagged(protocol))
                    .description(name.what())
                    .serviceLevelObjectives(BUCKETS)
                    .register(registry);
        }
    }
}
