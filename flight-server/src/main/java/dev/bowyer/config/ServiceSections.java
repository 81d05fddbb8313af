package dev.bowyer.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Reads `http` and `telemetry`.
final class ServiceSections {
    private final ConfigLoader loader;

    ServiceSections(ConfigLoader loader) {
        this.loader = loader;
    }

    /// Null when something is wrong, which has been recorded.
    Config.@Nullable Http http(Section section) {
        @Nullable List<String> origins = loader.overridableList(section, ServiceKeys.HTTP_CORS);
        @Nullable Long maxBody = loader.overridable(section, ServiceKeys.HTTP_MAX_BODY);
        @Nullable Long cache = loader.overridable(section, ServiceKeys.HTTP_CACHE);
        @Nullable Long cacheEntry = loader.overridable(section, ServiceKeys.HTTP_CACHE_ENTRY);
        @Nullable Duration stall = loader.overridable(section, ServiceKeys.HTTP_STALL_TIMEOUT);
        return maxBody == null || cache == null || cacheEntry == null || stall == null
                ? null
                : new Config.Http(Objects.requireNonNullElse(origins, List.of()), maxBody, cache, cacheEntry, stall);
    }

    /// Null when something is wrong, which has been recorded.
    Config.@Nullable Telemetry telemetry(Section section) {
        @Nullable URI traces = loader.overridable(section, ServiceKeys.OTLP_TRACES);
        @Nullable URI metrics = loader.overridable(section, ServiceKeys.OTLP_METRICS);
        @Nullable LogFormat format = loader.overridable(section, ServiceKeys.LOG_FORMAT_KEY);
        @Nullable Duration slow = loader.overridable(section, ServiceKeys.SLOW_QUERY);
        return format == null || slow == null ? null : new Config.Telemetry(traces, metrics, format, slow);
    }
}
