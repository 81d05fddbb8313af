package dev.bowyer.clients.servers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.SqlQuery;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.ArrowFrame;
import java.io.IOException;
import java.util.List;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Prepared statements at a server of arrow-java's flight-sql; its plain server sends the random tables of flight-
 * client.
 */
final class ArrowJavaTest {
    private static final String ECHO = "SELECT ? FROM generate_series(1, ?)";

    private RootAllocator memory;
    private EchoServer server;
    private BowyerClient client;

    @BeforeEach
    void start() throws IOException {
        memory = new RootAllocator();
        server = new EchoServer(memory);
        client = BowyerClient.connect(server.uri(), options -> options.allocator(memory));
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
        memory.close();
    }

    @Test
    void boundValuesArrive() {
        SqlQuery echo = client.sql(ECHO);
        for (int times : List.of(3, 0, 1)) {
            try (ArrowFrame frame = echo.bindAll("grüße 🏹", times).fetch()) {
                assertThat(frame.rowCount()).isEqualTo(times);
                assertThat(frame)
                        .allSatisfy(row -> assertThat(row.getString("text")).isEqualTo("grüße 🏹"));
            }
        }
        await("statements are closed").until(() -> server.open() == 0);
    }

    @Test
    void aValueOfAnotherTypeIsRefusedByTheClient() {
        PyarrowTest.assertFails(
                ErrorCodes.INVALID_ARGUMENT,
                "times",
                () -> client.sql(ECHO).bindAll("a", "many").fetch());
        PyarrowTest.assertFails(
                ErrorCodes.INVALID_ARGUMENT,
                "2",
                () -> client.sql(ECHO).bindAll("a").fetch());
        assertThat(server.open()).as("statements left open").isZero();
    }
}
