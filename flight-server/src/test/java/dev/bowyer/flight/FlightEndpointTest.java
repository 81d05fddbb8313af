package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.bowyer.access.Authenticator;
import dev.bowyer.access.Seal;
import dev.bowyer.admission.AdmissionControl;
import dev.bowyer.admission.Readiness;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.engine.ExecutionLimits;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.query.QueryService;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;

final class FlightEndpointTest {
    private static final int STARTS = 50;

    @Test
    void aStartThatFailsLeavesNothingOpen() {
        ScriptedEngine engine = new ScriptedEngine();
        Catalog catalog = new Catalog(engine);
        FlightSettings wrong = new FlightSettings(
                "127.0.0.1", 70_000, null, Duration.ZERO, "test", Duration.ofMinutes(15), true, false, Duration.ZERO);
        try (engine;
                QueryService queries = new QueryService(
                        catalog, engine, ExecutionLimits.NONE, AdmissionControl.of(TestServer.ADMISSION), _ -> {});
                BufferAllocator memory = new RootAllocator()) {
            long before = 0;
            for (int i = 0; i <= STARTS; i++) {
                FlightServices services = new FlightServices(
                        Seal.ofRandomKey(),
                        Authenticator.open(),
                        queries,
                        catalog,
                        TestServer.registrations(catalog),
                        new Readiness());
                assertThatThrownBy(() ->
                                FlightEndpoint.start(wrong, services, memory).close())
                        .isInstanceOf(IllegalArgumentException.class);
                // The first loads classes and libraries.
                before = i == 0 ? openFiles() : before;
            }
            assertThat(openFiles()).isLessThan(before + STARTS);
        }
    }

    /// Every event loop has at least one.
    private static long openFiles() {
        return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getOpenFileDescriptorCount();
    }
}
