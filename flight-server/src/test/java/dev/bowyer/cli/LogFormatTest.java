package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `telemetry.log-format` of a real process.
@Timeout(120)
final class LogFormatTest {
    @TempDir
    Path folder;

    @Test
    void everyLineThatIsLoggedIsJson() throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : logged("json").lines().toList()) {
            lines.add(new JsonMapper().readTree(line));
        }
        assertThat(lines).hasSizeGreaterThan(1).allMatch(line -> line.hasNonNull("message"));
        assertThat(lines)
                .filteredOn(line -> line.get("message").textValue().equals("query ended"))
                .singleElement()
                .satisfies(line -> {
                    assertThat(line.get("rows").longValue()).isEqualTo(1);
                    assertThat(line.get("logger").textValue()).isEqualTo("dev.bowyer.query");
                    assertThat(line.get("trace_id").textValue())
                            .endsWith(line.get("query_id").textValue());
                });
    }

    @Test
    void textIsForPeople() throws Exception {
        assertThat(logged("text")).containsPattern("INFO dev.bowyer.query: query ended query_id=\\w+ trace_id=\\w+ ");
    }

    /// What a server writes to stderr that answers one query and stops.
    private String logged(String format) throws Exception {
        Path csv = Files.writeString(folder.resolve("trips.csv"), "id,name\n1,secret\n2,b\n");
        Path config = Files.writeString(folder.resolve("bowyer.yaml"), """
                server: { flight: "127.0.0.1:0", http: "127.0.0.1:0" }
                datasets: [{ name: trips, from: "%s" }]
                telemetry: { log-format: %s }
                """.formatted(csv, format));
        Path stderr = folder.resolve("stderr");
        try (ServerProcess server = ServerProcess.start(stderr, "serve", "--config", config.toString())) {
            ServerProcess.Ready ready = server.ready();
            assertThat(ready.line().startsWith("{\"time\":")).as(ready.line()).isEqualTo(format.equals("json"));
            CapturedTerminal query = CapturedTerminal.of("");
            assertThat(query.run(
                            "sql",
                            "SELECT id FROM trips WHERE name = 'secret'",
                            "--uri",
                            ready.uri().toString()))
                    .as(query.err())
                    .isZero();
            assertThat(server.stop()).isZero();
        }
        String logged = Files.readString(stderr);
        assertThat(logged).contains("query ended").doesNotContain("secret");
        return logged;
    }
}
