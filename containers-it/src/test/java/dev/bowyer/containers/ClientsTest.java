package dev.bowyer.containers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Clients of other languages ask a server in a container with a read-only root.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class ClientsTest {
    private final ServerContainer server = ServerContainer.ofSampleData();

    @BeforeAll
    void start() {
        server.start();
    }

    @AfterAll
    void stop() {
        server.close();
    }

    @Test
    void pyarrowReadsATableAndAnAnswer() throws IOException, InterruptedException {
        String python = System.getProperty("bowyer.python", "python3");
        String script =
                Path.of("src", "test", "python", "ask.py").toAbsolutePath().toString();
        Process process = new ProcessBuilder(python, script, server.getHost(), String.valueOf(server.flightPort()))
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(said).isZero();
        assertThat(said.strip()).isEqualTo("lineitem 600572 rows, 3 flags, 600572 counted");
    }

    @Test
    void jdbcReadsAnAnswer() throws SQLException {
        String url = "jdbc:arrow-flight-sql://" + server.getHost() + ":" + server.flightPort()
                + "/?useEncryption=false&retainAuth=false";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(
                        "SELECT o_orderstatus, count(*) AS n FROM orders GROUP BY o_orderstatus ORDER BY 1")) {
            long all = 0;
            StringBuilder states = new StringBuilder();
            while (rows.next()) {
                states.append(rows.getString(1));
                all += rows.getLong("n");
            }

            assertThat(states).hasToString("FOP");
            assertThat(all).isEqualTo(150_000);
        }
    }
}
