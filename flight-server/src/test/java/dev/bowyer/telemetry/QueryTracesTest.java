package dev.bowyer.telemetry;

import static dev.bowyer.telemetry.Collector.attribute;
import static dev.bowyer.telemetry.Collector.hex;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.query.Origin;
import dev.bowyer.query.Query;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class QueryTracesTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String CALLER = "00f067aa0ba902b7";
    private static final String PARENT = "00-" + TRACE + "-" + CALLER + "-01";
    private static final String SQL = "SELECT n FROM numbers WHERE n = 'secret'";

    @Test
    void aQueryInOneCallIsOneTraceBelowItsCaller() throws IOException {
        try (Collector collector = new Collector()) {
            Query query;
            try (ObservedQueries queries = new ObservedQueries(collector.traces(), null, Duration.ZERO)) {
                query = queries.run(SQL, new Origin(Origin.Protocol.HTTP, PARENT));
            }
            Span root = collector.span("bowyer.query");
            assertThat(hex(root.getParentSpanId())).isEqualTo(CALLER);
            assertThat(hex(root.getSpanId())).isEqualTo(query.identity().trace().spanId());
            assertThat(attribute(root, "bowyer.query.id")).isEqualTo(query.id());
            assertThat(attribute(root, "bowyer.protocol")).isEqualTo("http");
            assertThat(attribute(root, "db.system")).isEqualTo("bowyer");
            assertThat(attribute(root, "bowyer.rows")).isEqualTo("3");
            assertThat(attribute(root, "bowyer.code")).isEqualTo("NONE");
            for (String name : List.of("plan", "execute", "first batch", "stream")) {
                Span child = collector.span(name);
                assertThat(child.getParentSpanId()).as(name).isEqualTo(root.getSpanId());
                assertThat(child.getStartTimeUnixNano()).as(name).isGreaterThanOrEqualTo(root.getStartTimeUnixNano());
                assertThat(child.getEndTimeUnixNano()).as(name).isGreaterThanOrEqualTo(child.getStartTimeUnixNano());
            }
            assertThat(collector.spans()).allSatisfy(span -> {
                assertThat(hex(span.getTraceId())).isEqualTo(TRACE);
                assertThat(span.toString()).doesNotContain("secret", "SELECT");
            });
        }
    }

    @Test
    void planningAheadIsASpanOfItsOwnInTheSameTrace() throws IOException {
        try (Collector collector = new Collector()) {
            try (ObservedQueries queries = new ObservedQueries(collector.traces(), null, Duration.ZERO)) {
                queries.announceAndRun(SQL, Origin.FLIGHT, Origin.FLIGHT);
            }
            Span plan = collector.span("bowyer.plan");
            Span root = collector.span("bowyer.query");
            assertThat(plan.getTraceId()).isEqualTo(root.getTraceId());
            assertThat(plan.getParentSpanId().isEmpty()).isTrue();
            assertThat(root.getParentSpanId().isEmpty()).isTrue();
            assertThat(collector.spans()).extracting(Span::getName).doesNotContain("plan");
        }
    }

    @Test
    void aFailureIsToldByItsCodeAlone() throws IOException {
        try (Collector collector = new Collector()) {
            try (ObservedQueries queries = new ObservedQueries(collector.traces(), null, Duration.ZERO)) {
                queries.engine()
                        .script(
                                SQL,
                                new ScriptedEngine.Fail(new ServiceException(ErrorCode.INVALID_VALUE, "no: 'secret'")));
                assertThatThrownBy(() -> queries.run(SQL, Origin.HTTP)).isInstanceOf(ServiceException.class);
            }
            Span root = collector.span("bowyer.query");
            assertThat(root.getStatus().getCode()).isEqualTo(Status.StatusCode.STATUS_CODE_ERROR);
            assertThat(root.getStatus().getMessage()).isEqualTo("INVALID_VALUE");
            assertThat(attribute(root, "bowyer.state")).isEqualTo("failed");
        }
    }

    @Test
    void whatTheCallerDoesNotKeepIsNotSent() throws IOException {
        try (Collector collector = new Collector()) {
            try (ObservedQueries queries = new ObservedQueries(collector.traces(), null, Duration.ZERO)) {
                queries.run(SQL, new Origin(Origin.Protocol.HTTP, "00-" + TRACE + "-" + CALLER + "-00"));
                queries.run("SELECT 1 FROM numbers", Origin.HTTP);
            }
            collector.span("bowyer.query");
            assertThat(collector.spans())
                    .noneMatch(span -> hex(span.getTraceId()).equals(TRACE));
        }
    }

    @Test
    void aCollectorThatIsNotThereKeepsNobodyWaiting() throws IOException {
        URI gone;
        try (Collector collector = new Collector()) {
            gone = collector.traces();
        }
        long began = System.nanoTime();
        try (ObservedQueries queries = new ObservedQueries(gone, null, Duration.ZERO)) {
            for (int i = 0; i < 100; i++) {
                queries.run(SQL, Origin.HTTP);
            }
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(15));
    }

    @Test
    void aCollectorThatNeverAnswersDoesNotKeepTheServerFromStopping() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            URI collector = URI.create("http://127.0.0.1:" + silent.getLocalPort());
            ObservedQueries queries = new ObservedQueries(collector, collector, Duration.ZERO);
            for (int i = 0; i < 1_000; i++) {
                queries.run(SQL, Origin.HTTP);
            }
            long began = System.nanoTime();
            queries.close();
            assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(6));
        }
    }

    @Test
    void metricsArePushedAtTheLatestWhenTheServerStops() throws IOException {
        try (Collector collector = new Collector()) {
            try (ObservedQueries queries = new ObservedQueries(null, collector.metrics(), Duration.ZERO)) {
                queries.run(SQL, Origin.HTTP);
            }
            assertThat(collector.metricNames())
                    .contains("bowyer.queries", "bowyer.query.duration", "jvm.memory.used")
                    .allMatch(name -> MeterName.ids().contains(name)
                            || MeterName.ids().contains(name.replaceFirst("\\.max$", "")));
        }
    }

    @Test
    void withoutCollectorsThereIsNoThread() {
        try (ObservedQueries queries = new ObservedQueries(null, null, Duration.ZERO)) {
            queries.run(SQL, Origin.HTTP);
            assertThat(Thread.getAllStackTraces().keySet())
                    .extracting(Thread::getName)
                    .noneMatch(name -> name.contains("BatchSpanProcessor") || name.contains("otlp"));
        }
    }
}
