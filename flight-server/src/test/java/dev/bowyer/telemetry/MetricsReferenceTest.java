package dev.bowyer.telemetry;

import dev.bowyer.ReferencePage;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// `docs/reference/metrics.md` is made of the table that the metrics are registered by.
final class MetricsReferenceTest {
    @Test
    void pageIsUpToDate() throws IOException {
        ReferencePage.check("metrics.md", MetricsReference.markdown());
    }
}
