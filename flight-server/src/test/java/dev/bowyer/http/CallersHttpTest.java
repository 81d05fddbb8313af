package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may do what where there are users.
final class CallersHttpTest {
    private static final String PASSWORD = "sésame:1";

    @TempDir
    private Path folder;

    @Test
    void onlyAdministratorsRegisterAndDrop() throws IOException {
        Files.writeString(folder.resolve("a.csv"), "a\n1\n");
        String users = """
                auth:
                  users:
                    - { name: ann, password-hash: "%s" }
                    - { name: bob, password-hash: "%s" }
                  admins: [ann]
                """.formatted(ApiServer.HASH, ApiServer.HASH);
        String body = "{\"from\":\"" + folder.resolve("a.csv") + "\"}";
        try (ApiServer server = ApiServer.of(folder, users, "datasets-below: [" + folder + "]")) {
            for (String path : List.of("/v1/datasets", "/v1/queries", "/v1/connect", "/v1/explain?sql=SELECT+1")) {
                server.get(path).refused(401, "UNAUTHENTICATED");
            }
            server.put("/v1/datasets/x", body).refused(401, "UNAUTHENTICATED");
            server.as("bob", PASSWORD);
            server.put("/v1/datasets/x", body).refused(403, "PERMISSION_DENIED", "\"bob\"");
            server.as("ann", PASSWORD);
            server.put("/v1/datasets/x", body).is(201);
            server.as("bob", PASSWORD);
            server.get("/v1/datasets/x").is(200);
            server.post("/v1/datasets/x/refresh", null, "").is(200);
            server.delete("/v1/datasets/x").refused(403, "PERMISSION_DENIED", "\"bob\"");
            server.as("ann", PASSWORD);
            server.delete("/v1/datasets/x").is(204);
            String connect = server.get("/v1/connect").is(200).body();
            assertThat(connect)
                    .contains("USER", "PASSWORD", "\"login\":\"password\"")
                    .doesNotContain(PASSWORD);
        }
    }
}
