package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What was registered at run time, over restarts of a server.
final class RestartTest {
    @TempDir
    private Path folder;

    private Path data = Path.of("/");
    private Path kept = Path.of("/");

    @BeforeEach
    void makeFiles() throws IOException {
        data = Files.createDirectories(folder.resolve("data"));
        kept = folder.resolve("kept");
        Files.writeString(data.resolve("a.csv"), "a\n1\n");
        Files.writeString(data.resolve("b.csv"), "b\n1\n");
    }

    private ApiServer start(String yaml) throws IOException {
        return ApiServer.of(folder, yaml, "data-folder: " + kept, "datasets-below: [" + data + "]");
    }

    private String from(String file) {
        return "{\"from\":\"" + data.resolve(file) + "\"}";
    }

    private static List<String> names(ApiServer server) {
        return server.get("/v1/datasets").is(200).json().path("datasets").findValuesAsText("name");
    }

    @Test
    void whatWasRegisteredIsThereAgain() throws IOException {
        try (ApiServer server = start("")) {
            server.put("/v1/datasets/one", from("a.csv")).is(201);
            server.put("/v1/datasets/two", from("a.csv")).is(201);
            server.put("/v1/datasets/two", from("b.csv")).is(200);
            server.put("/v1/datasets/three", from("b.csv")).is(201);
            server.delete("/v1/datasets/three").is(204);
        }
        try (ApiServer server = start("")) {
            assertThat(names(server)).containsExactly("one", "two");
            assertThat(server.get("/v1/datasets/two").json().path("columns").findValuesAsText("name"))
                    .containsExactly("b");
            server.delete("/v1/datasets/one").is(204);
        }
        try (ApiServer server = start("")) {
            assertThat(names(server)).containsExactly("two");
            assertThat(server.skipped()).isEmpty();
        }
    }

    @Test
    void theConfigurationFileGoesFirst() throws IOException {
        try (ApiServer server = start("")) {
            server.put("/v1/datasets/one", from("a.csv")).is(201);
        }
        try (ApiServer server = start("datasets:\n  - { name: one, from: " + data.resolve("b.csv") + " }\n")) {
            assertThat(server.get("/v1/datasets/one").json().path("columns").findValuesAsText("name"))
                    .containsExactly("b");
            assertThat(server.skipped())
                    .singleElement()
                    .satisfies(told -> assertThat(told)
                            .hasMessageContaining("\"one\"")
                            .hasMessageContaining("configuration file"));
            server.delete("/v1/datasets/one").refused(403, "PERMISSION_DENIED");
        }
    }

    @Test
    void whatCannotBeOpenedIsReportedAndStaysRemembered() throws IOException {
        try (ApiServer server = start("")) {
            server.put("/v1/datasets/one", from("a.csv")).is(201);
            server.put("/v1/datasets/two", from("b.csv")).is(201);
        }
        Files.move(data.resolve("a.csv"), data.resolve("gone"));
        try (ApiServer server = start("")) {
            assertThat(names(server)).containsExactly("two");
            assertThat(server.skipped())
                    .singleElement()
                    .satisfies(told -> assertThat(told).hasMessageContaining("\"one\", registered at run time"));
            // A change of another one keeps it.
            server.delete("/v1/datasets/two").is(204);
        }
        Files.move(data.resolve("gone"), data.resolve("a.csv"));
        try (ApiServer server = start("")) {
            assertThat(names(server)).containsExactly("one");
        }
    }

    @Test
    void aLocationThatIsNoLongerAllowedIsNotOpened() throws IOException {
        try (ApiServer server = start("")) {
            server.put("/v1/datasets/one", from("a.csv")).is(201);
        }
        try (ApiServer server = ApiServer.of(folder, "", "data-folder: " + kept)) {
            assertThat(names(server)).isEmpty();
            assertThat(server.skipped())
                    .singleElement()
                    .satisfies(told -> assertThat(told.code()).isEqualTo(ErrorCode.PERMISSION_DENIED));
        }
    }

    @Test
    void aTornFileIsReportedAndTheLastGoodOneUsed() throws IOException {
        try (ApiServer server = start("")) {
            server.put("/v1/datasets/one", from("a.csv")).is(201);
            server.put("/v1/datasets/two", from("b.csv")).is(201);
        }
        Path file = kept.resolve("registrations.json");
        Files.writeString(file, Files.readString(file).substring(0, 60));
        try (ApiServer server = start("")) {
            assertThat(names(server)).containsExactly("one");
            assertThat(server.skipped())
                    .singleElement()
                    .satisfies(told ->
                            assertThat(told).hasMessageContaining("registrations.json in the data folder is damaged"));
        }
    }

    @Test
    void whenItCannotBeRememberedNothingChanges() throws IOException {
        try (ApiServer server = start("")) {
            server.put("/v1/datasets/one", from("a.csv")).is(201);
            Path moved = Files.move(kept, folder.resolve("moved"));
            Files.writeString(kept, "");
            server.put("/v1/datasets/two", from("b.csv")).refused(503, "UNAVAILABLE", "cannot be remembered");
            server.put("/v1/datasets/one", from("b.csv")).refused(503, "UNAVAILABLE");
            server.delete("/v1/datasets/one").refused(503, "UNAVAILABLE");
            assertThat(names(server)).containsExactly("one");
            assertThat(server.get("/v1/datasets/one").json().path("columns").findValuesAsText("name"))
                    .containsExactly("a");
            Files.delete(kept);
            Files.move(moved, kept);
            server.put("/v1/datasets/two", from("b.csv")).is(201);
        }
        try (ApiServer server = start("")) {
            assertThat(names(server)).containsExactly("one", "two");
        }
    }

    @Test
    void aDataFolderThatCannotBeUsedEndsTheStart() throws IOException {
        Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> ApiServer.of(folder, "", "data-folder: " + folder.resolve("file/below"))
                        .close())
                .isInstanceOfSatisfying(
                        ServiceException.class, told -> assertThat(told.code()).isEqualTo(ErrorCode.INVALID_CONFIG));
    }
}
