package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ConnectHttpTest {
    @TempDir
    private Path folder;

    @Test
    void theStringsAreThoseOfThisServer() throws IOException {
        try (ApiServer server = ApiServer.of(folder, "")) {
            JsonNode json = server.get("/v1/connect").is(200).json();
            assertThat(json.path("flight").asText()).isEqualTo(server.flight().toString());
            assertThat(json.path("http").asText()).isEqualTo(server.http().toString());
            assertThat(json.path("clients").findValuesAsText("client"))
                    .containsExactlyInAnyOrder(
                            "pyarrow", "adbc", "polars", "jdbc", "java", "cli", "curl", "duckdb", "grafana");
            json.path("clients")
                    .forEach(client -> assertThat(client.path("text").asText())
                            .containsAnyOf(
                                    server.flight().getAuthority(),
                                    server.http().toString())
                            .doesNotContain("${"));
        }
    }

    @Test
    void theAdvertisedAddressGoesFirst() throws IOException {
        try (ApiServer server = ApiServer.of(folder, "", "advertise: grpc+tls://data.example:443")) {
            String body = server.get("/v1/connect").is(200).body();
            assertThat(body).contains("grpc+tls://data.example:443", "useEncryption=true");
        }
    }

    /// What a caller says as its host never gets into a program unless it is one.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "here:9",
                "[::1]:9",
                "x\" ; rm -rf ~ #",
                "a$(id)",
                "a`id`",
                "a'b",
                "a\\nb",
                "<script>",
                "a b",
                "a:99999999",
                "user@evil.example"
            })
    void onlyAGoodHostIsRepeated(String host) throws IOException {
        try (ApiServer server = ApiServer.of(folder, "");
                Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(), server.http().getPort())) {
            String request = "GET /v1/connect HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (host.endsWith(":9")) {
                String name = host.substring(0, host.length() - 2);
                assertThat(answer)
                        .startsWith("HTTP/1.1 200")
                        .contains(
                                "http://" + host,
                                "grpc://" + name + ":" + server.flight().getPort());
            } else {
                assertThat(answer).doesNotContain(host);
            }
        }
    }
}
