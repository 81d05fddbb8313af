package dev.bowyer.dataset.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.dataset.delta.ReadTables.Row;
import dev.bowyer.dataset.delta.log.DataPaths;
import dev.bowyer.dataset.lake.LakeFiles.Mapping;
import dev.bowyer.dataset.lake.LakeSchemas;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.stream.Stream;
import org.apache.arrow.vector.types.pojo.Field;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Tables that Spark wrote (`clients-it/lake`), against what Spark read in them.
final class DeltaFixturesTest {
    static final Path FIXTURES = Path.of(System.getProperty("bowyer.root", ".."))
            .resolve("clients-it/lake/fixtures/delta")
            .toAbsolutePath()
            .normalize();

    private static ReadTables tables;

    @BeforeAll
    static void start() {
        tables = new ReadTables();
    }

    @AfterAll
    static void stop() {
        tables.close();
    }

    static List<String> fixtures() throws IOException {
        try (Stream<Path> folders = Files.list(FIXTURES)) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    /// Counts, sizes and places of the files, for each version that Spark was asked for.
    @ParameterizedTest
    @MethodSource("fixtures")
    void filesHaveTheRowsThatSparkRead(String name) throws IOException {
        Path folder = FIXTURES.resolve(name);
        JsonNode fixture =
                new ObjectMapper().readTree(folder.resolve("fixture.json").toFile());
        check(folder, fixture, null);
        for (JsonNode version : fixture.path("versions")) {
            check(folder, version, version.path("ref").asText());
        }
    }

    private static void check(Path folder, JsonNode expected, @Nullable String version) {
        JsonNode refused = expected.path("refused");
        // Files that are gone are missed by whoever reads them.
        if (refused.isObject() && !refused.path("names").asText().endsWith(".parquet")) {
            assertThatThrownBy(() -> tables.load(folder, version))
                    .isInstanceOfSatisfying(
                            ServiceException.class,
                            e -> assertThat(e.code())
                                    .isEqualTo(ErrorCode.valueOf(
                                            refused.path("code").asText())))
                    .hasMessageContaining(refused.path("names").asText());
            return;
        }
        List<Row> files = tables.files(tables.load(folder, version));
        if (refused.isObject()) {
            assertThat(files).anyMatch(file -> !Files.exists(local(file.text("path"))));
            return;
        }
        assertThat(files)
                .allSatisfy(file ->
                        assertThat(local(file.text("path"))).isRegularFile().hasSize(file.number("size")));
        assertThat(files).allSatisfy(file -> {
            if (file.get("dv_path") != null) {
                assertThat(local(file.text("dv_path"))).isRegularFile();
            }
        });
        if (files.stream().allMatch(file -> file.get("rows") != null)) {
            assertThat(files.stream()
                            .mapToLong(file -> file.number("rows") - file.number("dv_rows"))
                            .sum())
                    .as("rows of version %s", version)
                    .isEqualTo(expected.path("rows").asLong());
        }
    }

    private static Path local(String url) {
        return Path.of(DataPaths.decode(url.substring("file://".length())));
    }

    @Test
    void momentsAreThoseOfTheCommits() throws IOException {
        Path folder = FIXTURES.resolve("in_commit_timestamps");
        JsonNode fixture =
                new ObjectMapper().readTree(folder.resolve("fixture.json").toFile());
        for (JsonNode version : fixture.path("versions")) {
            String at = version.path("at").asText();
            assertThat(tables.load(folder, at).id())
                    .isEqualTo(version.path("ref").asText());
        }
        assertThat(tables.load(folder, "9999-12-31").id()).isEqualTo("3");
        assertThatThrownBy(() -> tables.load(folder, "1999-12-31"))
                .isInstanceOfSatisfying(ServiceException.class, e -> {
                    assertThat(e.code()).isEqualTo(ErrorCode.SOURCE_NOT_FOUND);
                    assertThat(e.hint()).startsWith("the oldest one, 0, is of 20");
                })
                .hasMessage("the table has no version of 1999-12-31T00:00:00Z");
    }

    @Test
    void vectorsAreLocated() {
        List<Row> files = tables.files(tables.load(FIXTURES.resolve("deletion_vectors"), null));
        assertThat(files)
                .filteredOn(file -> file.get("dv_path") != null)
                .hasSize(2)
                .allMatch(file -> file.number("dv_offset") > 0 && file.number("dv_length") > 0)
                .extracting(file -> file.get("dv_rows"))
                .containsExactlyInAnyOrder(5L, 4L);
        assertThat(tables.files(tables.load(FIXTURES.resolve("deletion_vectors_inline"), null)))
                .singleElement()
                .satisfies(file -> {
                    assertThat(file.get("dv_path")).isNull();
                    // The magic number 1681511377, little endian.
                    assertThat((byte[]) file.get("dv_inline"))
                            .hasSize(40)
                            .startsWith((byte) 0xD1, (byte) 0xD3, (byte) 0x39, (byte) 0x64);
                    // So many of its bytes count.
                    assertThat(file.number("dv_length")).isEqualTo(40);
                    assertThat(file.number("dv_rows")).isEqualTo(4);
                });
    }
    /// The engine decodes vectors when it reads.
    @Test
    void rowsOfVectorsInTheLogAreDeleted() {
        assertThat(tables.column(FIXTURES.resolve("deletion_vectors_inline"), "id"))
                .hasSize(16)
                .doesNotContain(1, 2, 3, 7)
                .contains(4, 5, 6, 8, 20);
    }

    @Test
    void aTableWithoutFilesHasNoRows() {
        assertThat(tables.column(FIXTURES.resolve("empty"), "id")).isEmpty();
    }

    /// Names on disk have percent signs themselves, where a value has characters that are not written there.
    @ParameterizedTest
    @ValueSource(strings = {"partitioned", "names"})
    void pathsAreThoseOnDisk(String name) throws IOException {
        Path folder = FIXTURES.resolve(name);
        List<String> found = tables.files(tables.load(folder, null)).stream()
                .map(file -> file.text("path").replace("%25", "%"))
                .toList();
        try (Stream<Path> files = Files.walk(folder)) {
            assertThat(found)
                    .anyMatch(path -> path.contains(name.equals("names") ? "=p%3D%2F1/" : "/raw=%01A/"))
                    .isSubsetOf(files.map(file -> "file://" + file).toList());
        }
    }

    @Test
    void columnsAreMappedByName() {
        DeltaVersion version = tables.load(FIXTURES.resolve("column_mapping_name"), null);
        assertThat(version.files("t").header().mapping()).isEqualTo(Mapping.name);
        Field text = version.schema().findField("text");
        assertThat(text.getMetadata().get(LakeSchemas.PHYSICAL)).startsWith("col-");
        // Dropped and added again: another column.
        assertThat(version.schema().findField("gone").getMetadata().get(LakeSchemas.PHYSICAL))
                .isNotEqualTo("gone");
        Field inner = version.schema().findField("p").getChildren().get(1);
        assertThat(inner.getChildren()).extracting(Field::getName).containsExactly("renamed", "a");
        assertThat(inner.getChildren()).allMatch(field -> field.getMetadata().containsKey(LakeSchemas.PHYSICAL));
        assertThat(tables.files(version))
                .extracting(file -> file.get("constant:4"))
                .containsExactlyInAnyOrder("a", "b", null);
        assertThat(tables.files(version))
                .extracting(file -> file.get("max:3"))
                .containsExactlyInAnyOrder("s1", "text3", null);
    }

    @Test
    void columnsAreMappedById() {
        DeltaVersion version = tables.load(FIXTURES.resolve("column_mapping_id"), null);
        assertThat(version.files("t").header().mapping()).isEqualTo(Mapping.id);
        assertThat(version.schema().getFields())
                .extracting(field -> field.getMetadata().get(LakeSchemas.FIELD_ID))
                .doesNotContainNull()
                .doesNotHaveDuplicates();
        assertThat(version.schema().findField("p").getChildren())
                .allMatch(field -> field.getMetadata().containsKey(LakeSchemas.FIELD_ID)
                        && "[]".equals(field.getMetadata().get(LakeSchemas.NAMES)));
    }

    @Test
    void partitionValuesHaveTheirTypes() {
        List<Row> files = tables.files(tables.load(FIXTURES.resolve("partitioned"), null));
        Row first = files.stream()
                .filter(file -> "a/b=c d%é?#".equals(file.get("constant:11")))
                .findFirst()
                .orElseThrow();
        assertThat(first.cells())
                .containsEntry("constant:1", true)
                .containsEntry("constant:2", (byte) -1)
                .containsEntry("constant:5", 5_000_000_000L)
                .containsEntry("constant:6", 1.5f)
                .containsEntry("constant:8", -1)
                .containsEntry("constant:9", -1L)
                .containsEntry("constant:10", new java.math.BigDecimal("12345678901234567.891"))
                .containsEntry("constant:12", new byte[] {1, 'A'});
        assertThat(files).anyMatch(file -> "null".equals(file.get("constant:11")));
        assertThat(files).anyMatch(file -> file.get("constant:11") == null && file.get("constant:1") == null);
    }

    @Test
    void boundsOfWidenedColumnsHaveTheNewType() {
        assertThat(tables.files(tables.load(FIXTURES.resolve("type_widening"), null)))
                .anySatisfy(file -> assertThat(file.cells())
                        .containsEntry("min:1", -1)
                        .containsEntry("max:4", 1.25)
                        .containsEntry("constant:12", 3)
                        .containsEntry("min:6", LocalDateTime.of(2024, 2, 28, 23, 59, 59, 999_001_000)));
    }

    @Test
    void historyTellsWhatWasDone() {
        DeltaVersion version = tables.load(FIXTURES.resolve("plain"), "5");
        List<Row> history = tables.rows(version.metadata("history"));
        assertThat(history).extracting(row -> row.get("version")).containsExactly(5L, 4L, 3L, 2L, 1L, 0L);
        assertThat(history)
                .extracting(row -> row.get("operation"))
                .containsExactly("WRITE", "DELETE", "UPDATE", "WRITE", "WRITE", "CREATE TABLE");
        assertThat(history.getFirst().text("operation_parameters")).contains("\"mode\":\"Overwrite\"");
        assertThat(version.snapshots())
                .extracting(snapshot -> snapshot.id())
                .containsExactly("0", "1", "2", "3", "4", "5");
        assertThat(version.snapshots().getLast().parent()).isEqualTo("4");
        assertThat(version.snapshots().getLast().summary()).containsKey("numOutputRows");
        assertThat(tables.rows(version.metadata("files"))).hasSize(1);
        assertThatThrownBy(() -> version.metadata("file"))
                .isInstanceOfSatisfying(
                        ServiceException.class, e -> assertThat(e.hint()).isEqualTo("did you mean \"files\"?"))
                .hasMessage("a Delta table has no metadata table \"file\" (expected: history, snapshots, files)");
    }
}
