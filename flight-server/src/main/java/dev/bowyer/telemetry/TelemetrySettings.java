package dev.bowyer.telemetry;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What is told, and where.
///
/// @param otlpTraces where spans go; null: nowhere
/// @param otlpMetrics where metrics are pushed; null: nowhere
/// @param slowQuery from when on a query is logged as slow; zero: never
/// @param version of this server
public record TelemetrySettings(
        @Nullable URI otlpTraces, @Nullable URI otlpMetrics, Duration slowQuery, String version) {}
