package dev.bowyer.http;

/// The metrics of this process as text.
@FunctionalInterface
public interface MetricsPage {
    /// In the text format of Prometheus, UTF-8.
    String prometheusText();
}
