package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.App;
import dev.bowyer.config.ConfigLoader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Datasets that come and go by actions of Flight.
final class DatasetActionsTest {
    @TempDir
    private Path folder;

    private static List<String> act(FlightClient client, String type, String body) {
        List<String> results = new ArrayList<>();
        client.doAction(new Action(type, body.getBytes(StandardCharsets.UTF_8)))
                .forEachRemaining(result -> results.add(new String(result.getBody(), StandardCharsets.UTF_8)));
        return results;
    }

    @Test
    @SuppressWarnings("try") // Closing a Flight client may be interrupted.
    void aDatasetIsRegisteredRefreshedAndDropped() throws IOException, InterruptedException {
        Path file = Files.writeString(folder.resolve("a.csv"), "x\n1\n");
        Path config = Files.writeString(
                folder.resolve("bowyer.yaml"),
                "server: { flight: \"127.0.0.1:0\", http: \"off\", datasets-below: [" + folder + "] }\n");
        try (App app = App.start(ConfigLoader.load(config, Map.of()), App.BadDatasets.FAIL);
                BufferAllocator memory = new RootAllocator();
                FlightClient client = FlightClient.builder(
                                memory,
                                Location.forGrpcInsecure(
                                        "127.0.0.1", app.flightUri().getPort()))
                        .build()) {
            String json = "{\"name\":\"sales.new\",\"from\":\"" + file + "\",\"refresh\":\"1h\"}";
            assertThat(act(client, "register_dataset", json))
                    .singleElement()
                    .asString()
                    .contains("\"x\"", "sales.new");
            Files.writeString(file, "y\n1\n");
            assertThat(act(client, "refresh_dataset", "sales.new"))
                    .singleElement()
                    .asString()
                    .contains("\"y\"");
            refused(
                    client,
                    "register_dataset",
                    json.replace(file.toString(), "/etc/passwd"),
                    FlightStatusCode.UNAUTHORIZED);
            refused(client, "register_dataset", "{\"from\":\"/x\"}", FlightStatusCode.INVALID_ARGUMENT);
            refused(client, "register_dataset", "", FlightStatusCode.INVALID_ARGUMENT);
            assertThat(act(client, "list_datasets", "")).hasSize(1);
            assertThat(act(client, "drop_dataset", "sales.new")).isEmpty();
            refused(client, "drop_dataset", "sales.new", FlightStatusCode.NOT_FOUND);
            assertThat(act(client, "list_datasets", "")).isEmpty();
        }
    }

    private static void refused(FlightClient client, String type, String body, FlightStatusCode code) {
        assertThatThrownBy(() -> act(client, type, body))
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        told -> assertThat(told.status().code()).isEqualTo(code));
    }
}
