package dev.bowyer.query;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

final class TraceContextTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";
    private static final String QUERY = "0123456789abcdef";

    @Test
    void aQueryStandsBelowItsCaller() {
        TraceContext trace = TraceContext.of(QUERY, "00-" + TRACE + "-" + SPAN + "-01");
        assertThat(trace.traceId()).isEqualTo(TRACE);
        assertThat(trace.parentSpanId()).isEqualTo(SPAN);
        assertThat(trace.sampled()).isTrue();
        assertThat(trace.spanId()).matches("[0-9a-f]{16}").isNotEqualTo(SPAN);
        assertThat(trace.traceParent()).isEqualTo("00-" + TRACE + "-" + trace.spanId() + "-01");
    }

    @Test
    void whatTheCallerDoesNotKeepIsNotKept() {
        TraceContext trace = TraceContext.of(QUERY, "00-" + TRACE + "-" + SPAN + "-02");
        assertThat(trace.sampled()).isFalse();
        assertThat(trace.traceParent()).endsWith("-00");
    }

    @Test
    void aLaterVersionMayGoOn() {
        assertThat(TraceContext.of(QUERY, "01-" + TRACE + "-" + SPAN + "-01-more")
                        .traceId())
                .isEqualTo(TRACE);
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(
            strings = {
                "nonsense",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\n",
            })
    void withoutAGoodParentTheTraceIsTheQuerys(@Nullable String header) {
        TraceContext planning = TraceContext.of(QUERY, header);
        TraceContext run = TraceContext.of(QUERY, header);
        assertThat(planning.parentSpanId()).isNull();
        assertThat(planning.traceId()).matches("[0-9a-f]{32}").endsWith(QUERY).isEqualTo(run.traceId());
        assertThat(planning.spanId()).isNotEqualTo(run.spanId());
        assertThat(planning.sampled()).isTrue();
        assertThat(TraceContext.of("f".repeat(16), header).traceId()).isNotEqualTo(run.traceId());
    }
}
