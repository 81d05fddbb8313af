package dev.bowyer.telemetry;

import io.micrometer.core.instrument.Clock;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Pushes the metrics by OTLP over HTTP, on a thread of its own. A collector that does not answer costs a log line for
/// each push.
final class OtlpPush extends OtlpMeterRegistry {
    static final Duration INTERVAL = Duration.ofMinutes(1);

    private final Runnable beforePush;

    /// @param beforePush brings the meters up to date
    private OtlpPush(OtlpConfig config, Runnable beforePush) {
        super(config, Clock.SYSTEM);
        this.beforePush = beforePush;
    }

    static OtlpPush start(URI collector, String version, Runnable beforePush) {
        return new OtlpPush(new Target(collector, version), beforePush);
    }

    @Override
    protected void publish() {
        beforePush.run();
        super.publish();
    }

    private record Target(URI collector, String version) implements OtlpConfig {
        @Override
        public @Nullable String get(String key) {
            return null;
        }

        @Override
        public String url() {
            return collector.toString();
        }

        @Override
        public Duration step() {
            return INTERVAL;
        }

        /// Not those of the environment, which speaks to other parts.
        @Override
        public Map<String, String> resourceAttributes() {
            return Map.of("service.name", "bowyer", "service.version", version);
        }
    }
}
