package dev.bowyer.telemetry;

import dev.bowyer.query.QueryEvent;
import dev.bowyer.query.QueryIdentity;
import dev.bowyer.query.QueryState;
import dev.bowyer.query.TraceContext;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Spans of queries, made when they end from the times of their events, and sent by OTLP over HTTP. No text of a
/// statement, and no caller. A collector that does not answer costs spans, and no query waits.
final class QueryTraces implements CourseListener, AutoCloseable {
    /// Spans that wait to be sent; more are dropped.
    private static final int MAX_WAITING = 4_096;

    private static final int MAX_BATCH = 512;
    private static final Duration SEND_INTERVAL = Duration.ofSeconds(2);
    private static final Duration SEND_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(2);

    private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");
    private static final AttributeKey<String> VERSION = AttributeKey.stringKey("service.version");
    private static final AttributeKey<String> SYSTEM = AttributeKey.stringKey("db.system");
    private static final AttributeKey<String> QUERY = AttributeKey.stringKey("bowyer.query.id");
    private static final AttributeKey<String> PROTOCOL = AttributeKey.stringKey("bowyer.protocol");
    private static final AttributeKey<List<String>> DATASETS = AttributeKey.stringArrayKey("bowyer.datasets");
    private static final AttributeKey<String> STATE = AttributeKey.stringKey("bowyer.state");
    private static final AttributeKey<String> CODE = AttributeKey.stringKey("bowyer.code");
    private static final AttributeKey<Long> ROWS = AttributeKey.longKey("bowyer.rows");
    private static final AttributeKey<Long> BYTES = AttributeKey.longKey("bowyer.bytes");
    private static final AttributeKey<Long> SPILLED = AttributeKey.longKey("bowyer.spilled");
    private static final AttributeKey<Long> STALLED = AttributeKey.longKey("bowyer.stalled_ms");
    /// Datasets of one query that are named.
    private static final int MAX_DATASETS = 20;

    private final OtlpHttpSpanExporter exporter;
    private final SdkTracerProvider provider;
    private final Tracer tracer;

    private QueryTraces(URI collector, String version) {
        exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(collector.toString())
                .setTimeout(SEND_TIMEOUT)
                .build();
        BatchSpanProcessor sender = BatchSpanProcessor.builder(exporter)
                .setMaxQueueSize(MAX_WAITING)
                .setMaxExportBatchSize(MAX_BATCH)
                .setScheduleDelay(SEND_INTERVAL)
                .setExporterTimeout(SEND_TIMEOUT)
                .build();
        provider = SdkTracerProvider.builder()
                .setIdGenerator(new ChosenIds())
                .setSampler(Sampler.parentBased(Sampler.alwaysOn()))
                .setResource(Resource.create(Attributes.of(SERVICE, "bowyer", VERSION, version)))
                .addSpanProcessor(sender)
                .build();
        tracer = provider.get("dev.bowyer");
    }

    static QueryTraces start(URI collector, String version) {
        return new QueryTraces(collector, version);
    }

    @Override
    public void plannedAhead(QueryIdentity query, QueryCourse.Step planning) {
        Span span = server("bowyer.plan", query, planning.from());
        span.setAttribute(QUERY, query.id());
        span.end(planning.to());
    }

    @Override
    public void ended(QueryCourse course, QueryEvent.Ended end) {
        Instant over = course.begun().plus(end.elapsed());
        Span root = server("bowyer.query", end.query(), course.begun());
        describe(root, course, end);
        Context below = Context.root().with(root);
        QueryCourse.Step planning = course.planning();
        if (planning != null && !course.plannedAhead()) {
            child("plan", below, planning.from(), planning.to());
        }
        QueryCourse.Step queue = course.queue();
        if (queue != null) {
            child("queue", below, queue.from(), queue.to());
        }
        Instant runs = runs(course);
        if (runs != null) {
            Instant first = course.firstBatch();
            child("execute", below, runs, over);
            if (first != null) {
                child("first batch", below, runs, first);
                child("stream", below, first, over);
            }
        }
        root.end(over);
    }

    /// From when on the engine ran it; null: it never did.
    private static @Nullable Instant runs(QueryCourse course) {
        if (course.queue() != null) {
            return course.queue().to();
        }
        if (course.firstBatch() == null) {
            return null;
        }
        return course.planning() == null || course.plannedAhead()
                ? course.begun()
                : course.planning().to();
    }

    private static void describe(Span span, QueryCourse course, QueryEvent.Ended end) {
        span.setAttribute(QUERY, end.query().id());
        span.setAttribute(
                DATASETS,
                course.datasets().stream()
                        .limit(MAX_DATASETS)
                        .map(name -> name.toString())
                        .toList());
        QueryState state = QueryState.of(end.outcome());
        span.setAttribute(STATE, state.label());
        span.setAttribute(CODE, QueryState.code(end.outcome()));
        span.setAttribute(ROWS, end.metrics().rows());
        span.setAttribute(BYTES, end.metrics().bytes());
        span.setAttribute(SPILLED, end.metrics().spilled());
        span.setAttribute(STALLED, course.stalled().toMillis());
        if (state == QueryState.FAILED) {
            // The message may hold values; the code does not.
            span.setStatus(StatusCode.ERROR, QueryState.code(end.outcome()));
        }
    }

    /// A span that was told to the client; below the client's, if it told one.
    private Span server(String name, QueryIdentity query, Instant from) {
        TraceContext trace = query.trace();
        SpanBuilder builder = tracer.spanBuilder(name)
                .setSpanKind(SpanKind.SERVER)
                .setStartTimestamp(from)
                .setAttribute(SYSTEM, "bowyer")
                .setAttribute(PROTOCOL, QueryMeters.label(query.origin().protocol()));
        String parent = trace.parentSpanId();
        if (parent == null) {
            builder.setNoParent();
        } else {
            TraceFlags flags = trace.sampled() ? TraceFlags.getSampled() : TraceFlags.getDefault();
            SpanContext above =
                    SpanContext.createFromRemoteParent(trace.traceId(), parent, flags, TraceState.getDefault());
            builder.setParent(Context.root().with(Span.wrap(above)));
        }
        return ChosenIds.withIds(trace, builder::startSpan);
    }

    private void child(String name, Context parent, Instant from, Instant to) {
        tracer.spanBuilder(name)
                .setParent(parent)
                .setStartTimestamp(from)
                .startSpan()
                .end(to);
    }

    /// Sends what waits, within a bound.
    @Override
    public void close() {
        CompletableResultCode sent = provider.shutdown().join(CLOSE_BOUND.toMillis(), TimeUnit.MILLISECONDS);
        if (!sent.isDone()) {
            // Or the sender would try every batch that waits. Waits for the one on its way, so not here.
            Thread.ofPlatform().daemon().name("giving up spans").start(exporter::shutdown);
        }
    }
}
