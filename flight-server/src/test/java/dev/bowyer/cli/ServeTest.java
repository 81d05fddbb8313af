package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `serve` as a process: ready line, exit codes, signals.
@Timeout(120)
final class ServeTest {
    @TempDir
    Path folder;

    @Test
    void servesUntilItIsTerminatedAndEndsWithZero() throws Exception {
        Path csv = Files.writeString(folder.resolve("Trips-2026.csv"), "id,name\n1,a\n2,b\n");
        try (ServerProcess server =
                start("serve", csv.toString(), "t=" + csv, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0")) {
            ServerProcess.Ready ready = server.ready();
            assertThat(ready.datasets()).isEqualTo(2);
            assertThat(errors())
                    .contains("versions: bowyer ", "DataFusion ", "memory: ", " MiB = heap ", " + pool ", " + slack ")
                    .contains("flight: 127.0.0.1:" + ready.uri().getPort(), "auth: none", "data folder: none")
                    .contains("datasets: 2 (");

            CapturedTerminal datasets = CapturedTerminal.of("");
            assertThat(datasets.run("datasets", "--uri", ready.uri().toString(), "--json"))
                    .as(datasets.err())
                    .isZero();
            assertThat(datasets.out()).contains("\"name\":\"t\"", "\"name\":\"trips_2026\"", "[\"id\",\"name\"]");
            assertThat(server.stop()).as(errors()).isZero();
        }
    }

    @Test
    void skipBadStartsWithoutItAndReportsIt() throws Exception {
        Path good = Files.writeString(folder.resolve("good.csv"), "id\n1\n");
        try (ServerProcess server = start(
                "serve",
                good.toString(),
                "bad=" + folder.resolve("none.csv"),
                "--skip-bad",
                "--listen",
                "127.0.0.1:0",
                "--http",
                "127.0.0.1:0")) {
            ServerProcess.Ready ready = server.ready();
            assertThat(ready.datasets()).isEqualTo(1);
            assertThat(ready.line()).endsWith(" skipped=1");
            assertThat(errors()).contains("error[SOURCE_NOT_FOUND]: skipped: dataset \"bad\"", "none.csv");
            assertThat(server.stop()).isZero();
        }
    }

    @Test
    void demoServesEightTablesAndKeepsThem() throws Exception {
        String data = folder.resolve("data").toString();
        for (int round = 0; round < 2; round++) {
            try (ServerProcess server = start(
                    "demo", "--scale", "0.001", "--folder", data, "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0")) {
                ServerProcess.Ready ready = server.ready();
                assertThat(ready.datasets()).isEqualTo(8);
                CapturedTerminal count = CapturedTerminal.of("");
                assertThat(count.run(
                                "sql",
                                "SELECT count(*) AS n FROM nation",
                                "--uri",
                                ready.uri().toString()))
                        .as(count.err())
                        .isZero();
                assertThat(count.out()).contains("25");
                assertThat(server.stop()).isZero();
            }
            assertThat(errors().contains("making TPC-H data")).isEqualTo(round == 0);
        }
        assertThat(folder.resolve("data")).isDirectoryContaining("glob:**/sf0.001");
        assertThat(folder.resolve("data")).isDirectoryNotContaining("glob:**/.new-*");
    }

    private ServerProcess start(String... args) throws IOException {
        return ServerProcess.start(folder.resolve("stderr"), args);
    }

    private String errors() throws IOException {
        return Files.readString(folder.resolve("stderr"));
    }
}
