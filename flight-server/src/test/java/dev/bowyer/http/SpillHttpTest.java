package dev.bowyer.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `limits.spill` and `limits.spill-folder` of a whole server.
final class SpillHttpTest {
    private static final String SORT =
            "SELECT count(*) FROM (SELECT value, row_number() OVER (ORDER BY value * 7 % 1001)"
                    + " n FROM generate_series(1, 3000000)) t WHERE n > 0";

    @TempDir
    private Path folder;

    private ApiServer serving(String spill) throws IOException {
        Path disk = folder.resolve("disk");
        return ApiServer.of(
                folder, "limits: { query-memory: 24MiB, spill: " + spill + ", spill-folder: " + disk + " }\n");
    }

    private long spillFolders() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("disk"))) {
            return files.filter(Files::isDirectory).count();
        }
    }

    @Test
    void whatDoesNotFitIntoMemoryGoesToTheFolderThatIsNamed() throws IOException {
        try (ApiServer server = serving("1GiB")) {
            assertThat(spillFolders()).isEqualTo(1);
            assertThat(server.post("/v1/sql?format=csv", "application/sql", SORT)
                            .is(200)
                            .body())
                    .isEqualTo("count(*)\n3000000\n");
            String metrics = server.get("/metrics").body();
            assertThat(metrics).contains("bowyer_spill_limit_bytes 1.073741824E9");
            assertThat(metrics.lines()
                            .filter(line -> line.startsWith("bowyer_query_spilled_bytes_total{protocol=\"http\"}"))
                            .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ')))))
                    .singleElement()
                    .satisfies(spilled -> assertThat(spilled).isPositive());
        }
        assertThat(spillFolders()).isZero();
    }

    @Test
    void beyondTheLimitItIsSaid() throws IOException {
        for (String limit : new String[] {"1MiB", "0"}) {
            try (ApiServer server = serving(limit)) {
                ApiServer.Answer answer = server.post("/v1/sql?format=csv", "application/sql", SORT)
                        .refused(429, "SPILL_LIMIT", "the spilled data of all queries together");
                assertThat(answer.json().path("hint").asText()).contains("limits.spill");
                server.post("/v1/sql?format=csv", "application/sql", "SELECT 1").is(200);
            }
        }
    }
}
