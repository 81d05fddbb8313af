package dev.bowyer.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.Ticket;
import org.junit.jupiter.api.Test;

/// Several containers behind one address that gives each connection to the next of them.
final class ReplicasTest {
    private static final int REPLICAS = 3;
    private static final String KEY = base64Key(1);
    private static final String OTHER_KEY = base64Key(2);

    @Test
    void aTicketOfOneIsServedByAnother() throws Exception {
        try (Replicas replicas = new Replicas(List.of(KEY, KEY, KEY));
                RoundRobin balancer = RoundRobin.over(replicas.ports())) {
            Ticket ticket;
            try (Flight flight = Flight.connect("127.0.0.1", balancer.port())) {
                ticket = flight.announce("SELECT count(*) FROM lineitem");
            }
            for (int i = 1; i <= REPLICAS; i++) {
                try (Flight flight = Flight.connect("127.0.0.1", balancer.port())) {
                    assertThat(flight.number(ticket)).isEqualTo(SampleData.LINEITEM_ROWS);
                }
            }

            // One connection announced and three read: each replica ran the statement once.
            assertThat(balancer.connections()).containsExactly(2, 1, 1);
            assertThat(replicas.queriesRun()).containsExactly(1L, 1L, 1L);
        }
    }

    @Test
    void aTicketOfAnotherKeyIsRefused() throws Exception {
        try (Replicas replicas = new Replicas(List.of(KEY, OTHER_KEY))) {
            Ticket ticket;
            try (Flight first = Flight.connect("127.0.0.1", replicas.ports().getFirst())) {
                ticket = first.announce("SELECT count(*) FROM lineitem");
            }
            try (Flight second = Flight.connect("127.0.0.1", replicas.ports().getLast())) {
                assertThatExceptionOfType(FlightRuntimeException.class)
                        .isThrownBy(() -> second.number(ticket))
                        .satisfies(failure -> assertThat(failure.status().code())
                                .isIn(FlightStatusCode.INVALID_ARGUMENT, FlightStatusCode.NOT_FOUND));
            }
        }
    }

    private static String base64Key(long seed) {
        byte[] key = new byte[32];
        new SplittableRandom(seed).nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }

    /// Started servers, each with its key.
    private static final class Replicas implements AutoCloseable {
        private final Deque<ServerContainer> servers = new ArrayDeque<>();

        Replicas(List<String> keys) {
            try {
                for (String key : keys) {
                    ServerContainer server = ServerContainer.ofSampleData().withEnv("BOWYER_TICKETS_KEYS", key);
                    servers.add(server);
                    server.start();
                }
            } catch (RuntimeException e) {
                close();
                throw e;
            }
        }

        List<Integer> ports() {
            return servers.stream().map(ServerContainer::flightPort).toList();
        }

        List<Long> queriesRun() {
            return servers.stream()
                    .map(server -> server.getLogs()
                            .lines()
                            .filter(line -> line.contains(" query ended ") && line.contains(" state=finished "))
                            .count())
                    .toList();
        }

        @Override
        public void close() {
            servers.forEach(ServerContainer::close);
        }
    }
}
