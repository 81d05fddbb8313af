package dev.bowyer.telemetry;

import dev.bowyer.query.TraceContext;
import io.opentelemetry.sdk.trace.IdGenerator;
import java.util.function.Supplier;

/// Ids of spans. The span of a query was told to its client before the span was made, so it has the ids of
/// then; what is below it has random ones.
final class ChosenIds implements IdGenerator {
    private static final ScopedValue<TraceContext> CHOSEN = ScopedValue.newInstance();

    /// @param make starts one span, which gets the ids of `trace`
    static <T> T withIds(TraceContext trace, Supplier<T> make) {
        return ScopedValue.where(CHOSEN, trace).call(make::get);
    }

    @Override
    public String generateSpanId() {
        return CHOSEN.isBound() ? CHOSEN.get().spanId() : IdGenerator.random().generateSpanId();
    }

    @Override
    public String generateTraceId() {
        return CHOSEN.isBound() ? CHOSEN.get().traceId() : IdGenerator.random().generateTraceId();
    }
}
