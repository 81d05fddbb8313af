package dev.bowyer.dataset.iceberg;

import static dev.bowyer.dataset.iceberg.IcebergFixture.fails;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Tables of Spark, pyiceberg and iceberg-java: what is planned for each is there, as long as planned.
/// Whether their rows come out right is tested through the server, beside them.
final class FixturesTest {
    private static final Path FIXTURES = Path.of(System.getProperty("bowyer.root", ".."))
            .toAbsolutePath()
            .resolve("clients-it/lake/fixtures/iceberg");

    @TempDir
    private Path folder;

    static List<Path> fixtures() throws IOException {
        try (Stream<Path> tables = Files.list(FIXTURES)) {
            return tables.filter(table -> Files.exists(table.resolve("fixture.json")))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void everyVersionOfATableIsPlannedOrRefused(Path table) throws IOException {
        JsonNode fixture =
                new ObjectMapper().readTree(table.resolve("fixture.json").toFile());
        try (IcebergFixture lake = new IcebergFixture(folder)) {
            JsonNode refused = fixture.path("refused");
            if (refused.isObject()) {
                ErrorCode code = ErrorCode.valueOf(refused.path("code").asText());
                assertThat(fails(code, () -> plan(lake, table, null)))
                        .hasMessageContaining(refused.path("names").asText());
            } else {
                isWhole(lake, plan(lake, table, null));
            }
            for (JsonNode version : fixture.path("versions")) {
                AsOf asOf = AsOf.parse(version.path("ref").asText());
                if (version.path("refused").isObject()) {
                    ErrorCode code = ErrorCode.valueOf(
                            version.path("refused").path("code").asText());
                    fails(code, () -> plan(lake, table, asOf));
                } else {
                    isWhole(lake, plan(lake, table, asOf));
                }
            }
        }
    }

    private static LakeVersion load(IcebergFixture lake, Path table, @Nullable AsOf asOf) {
        return lake.format.load(IcebergFixture.folder(Path.of(table.toString().replace("%", "%25"))), asOf);
    }

    private static PlannedFiles plan(IcebergFixture lake, Path table, @Nullable AsOf asOf) {
        LakeVersion version = load(lake, table, asOf);
        PlannedFiles plan = PlannedFiles.of(version);
        for (String kind : version.metadataKinds()) {
            assertThat(PlannedFiles.rows(version.metadata(kind))).as(kind).isNotNull();
        }
        return plan;
    }

    private static void isWhole(IcebergFixture lake, PlannedFiles plan) {
        for (Map<String, ?> file : plan.files()) {
            assertThat(lake.objects.head(String.valueOf(file.get("path"))).size())
                    .isEqualTo(file.get("size"));
        }
        plan.header()
                .positionDeletes()
                .forEach(file ->
                        assertThat(lake.objects.head(file.path()).size()).isEqualTo(file.size()));
        plan.header()
                .equalityDeletes()
                .forEach(file ->
                        assertThat(lake.objects.head(file.path()).size()).isEqualTo(file.size()));
    }
}
