package dev.bowyer.telemetry;

import static dev.bowyer.telemetry.Collector.hex;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Traces of a real server, over Flight.
final class FlightTracesTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String CALLER = "00f067aa0ba902b7";

    @TempDir
    private Path folder;

    @Test
    void aQueryBelongsToTheTraceOfItsClientAndSaysSo() throws IOException {
        try (Collector collector = new Collector();
                ObservedServer server = ObservedServer.start(folder, "  otlp-traces: \"" + collector.traces() + "\"")) {
            String told = server.run("SELECT * FROM trips", "00-" + TRACE + "-" + CALLER + "-01");
            Span root = collector.span("bowyer.query");
            assertThat(told).isEqualTo("00-" + TRACE + "-" + hex(root.getSpanId()) + "-01");
            assertThat(hex(root.getParentSpanId())).isEqualTo(CALLER);
            assertThat(hex(collector.span("bowyer.plan").getParentSpanId())).isEqualTo(CALLER);
            for (String name : new String[] {"execute", "first batch", "stream"}) {
                assertThat(collector.span(name).getParentSpanId()).as(name).isEqualTo(root.getSpanId());
            }
            assertThat(collector.spans())
                    .allMatch(span -> hex(span.getTraceId()).equals(TRACE));
        }
    }

    @Test
    void withoutAParentBothCallsAreOneTrace() throws IOException {
        try (Collector collector = new Collector();
                ObservedServer server = ObservedServer.start(folder, "  otlp-traces: \"" + collector.traces() + "\"")) {
            String told = server.run("SELECT * FROM trips", "broken");
            Span root = collector.span("bowyer.query");
            assertThat(told).contains(hex(root.getTraceId()), hex(root.getSpanId()));
            assertThat(collector.span("bowyer.plan").getTraceId()).isEqualTo(root.getTraceId());
            assertThat(root.getParentSpanId().isEmpty()).isTrue();
        }
    }
}
