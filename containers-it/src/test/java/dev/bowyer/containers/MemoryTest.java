package dev.bowyer.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.github.dockerjava.api.model.HostConfig;
import java.util.Map;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.junit.jupiter.api.Test;

/// A limit on the container's memory is not passed, whoever asks for what.
final class MemoryTest {
    private static final long TWO_GIB = 2L << 30;
    private static final int TIMES = 3;

    /// One value of all texts, which cannot be spilled: about 3 GB.
    private static final String HOG =
            "SELECT length(string_agg(l_comment || n_comment, ',')) FROM lineitem CROSS JOIN nation";

    @Test
    void aQueryThatTakesTooMuchFailsAndTheServerLives() {
        // No swap. What is spilled goes to a volume, since a tmpfs would be counted.
        try (ServerContainer server = ServerContainer.ofSampleData().host(MemoryTest::limited)) {
            server.start();
            try (Flight flight = Flight.connect(server.getHost(), server.flightPort())) {
                for (int i = 0; i < TIMES; i++) {
                    assertThatExceptionOfType(FlightRuntimeException.class)
                            .isThrownBy(() -> flight.number(flight.announce(HOG)))
                            .satisfies(failure ->
                                    assertThat(failure.status().code()).isEqualTo(FlightStatusCode.RESOURCE_EXHAUSTED))
                            .withMessageContaining("MEMORY_LIMIT");

                    assertThat(flight.number(flight.announce("SELECT count(*) FROM lineitem")))
                            .isEqualTo(SampleData.LINEITEM_ROWS);
                }
            }
            assertThat(server.isUp()).isTrue();
            assertThat(server.getCurrentContainerInfo().getState().getOOMKilled())
                    .isFalse();
        }
    }

    @Test
    void aSortLargerThanThePoolSpills() {
        try (ServerContainer server = ServerContainer.ofSampleData()
                .withEnv("BOWYER_LIMITS_TOTAL_MEMORY", "64MiB")
                .host(MemoryTest::limited)) {
            server.start();
            try (Flight flight = Flight.connect(server.getHost(), server.flightPort())) {
                String sql =
                        "SELECT count(*) FROM (SELECT l_comment, row_number() OVER (ORDER BY l_comment, l_orderkey) AS n"
                                + " FROM lineitem) AS t WHERE n > 0";

                assertThat(flight.number(flight.announce(sql))).isEqualTo(SampleData.LINEITEM_ROWS);
            }
        }
    }

    private static void limited(HostConfig host) {
        host.withMemory(TWO_GIB).withMemorySwap(TWO_GIB).withTmpFs(Map.of());
        host.withBinds(Scratch.of(host.getBinds()));
    }
}
