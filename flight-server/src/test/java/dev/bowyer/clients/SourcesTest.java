package dev.bowyer.clients;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bowyer.engine.datafusion.TpchGenerator;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.io.TempDir;

/// Every kind of source keeps the contract.
final class SourcesTest {
    /// By real writers; see `clients-it/lake`.
    private static final Path FIXTURES = Path.of("../clients-it/lake/fixtures");

    private static final long NATIONS = 25;

    @TempDir
    private static Path data;

    @BeforeAll
    static void generate() {
        TpchGenerator.generate(0.01, data, 2);
    }

    /// Stage n has n + 1 files, with the same rows each.
    private abstract static class OfFiles extends SourceContract {
        abstract String ending();

        abstract void write(Path file) throws IOException;

        abstract long rowsOfFile();

        @Override
        void stage(Path table, int stage) throws IOException {
            Files.createDirectories(table);
            Path unfinished = table.resolve("_" + stage);
            write(unfinished);
            Files.move(unfinished, table.resolve(stage + ending()));
        }

        @Override
        long rows(int stage) {
            return (stage + 1) * rowsOfFile();
        }

        @Override
        Path dataFile(Path table) {
            return table.resolve("0" + ending());
        }
    }

    @Nested
    final class Parquet extends OfFiles {
        @Override
        String ending() {
            return ".parquet";
        }

        @Override
        void write(Path file) throws IOException {
            Files.copy(data.resolve("nation.parquet"), file);
        }

        @Override
        long rowsOfFile() {
            return NATIONS;
        }
    }

    @Nested
    final class Csv extends OfFiles {
        @Override
        String ending() {
            return ".csv";
        }

        @Override
        void write(Path file) throws IOException {
            Files.writeString(file, "n,name\n1,one\n2,two\n3,three\n");
        }

        @Override
        long rowsOfFile() {
            return 3;
        }
    }

    @Nested
    final class Json extends OfFiles {
        @Override
        String ending() {
            return ".ndjson";
        }

        @Override
        void write(Path file) throws IOException {
            Files.writeString(file, "{\"n\": 1}\n{\"n\": 2}\n");
        }

        @Override
        long rowsOfFile() {
            return 2;
        }
    }

    /// Spark wrote the table; a stage is the metadata up to a snapshot.
    @Nested
    final class Iceberg extends SourceContract {
        private static final List<Integer> ROWS = List.of(2, 3, 4);
        private static final Path TABLE = FIXTURES.resolve("iceberg/history");

        @Override
        void stage(Path table, int stage) throws IOException {
            copy(TABLE.resolve("data"), table.resolve("data"), "");
            copy(TABLE.resolve("metadata"), table.resolve("metadata"), ".avro");
            Files.copy(
                    metadata(stage),
                    table.resolve("metadata").resolve(metadata(stage).getFileName()));
        }

        @Override
        long rows(int stage) {
            return ROWS.get(stage);
        }

        @Override
        String version(int stage) {
            try {
                return json(TABLE.resolve("fixture.json"))
                        .path("versions")
                        .path(stage)
                        .path("ref")
                        .asText();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        Path dataFile(Path table) throws Exception {
            String path =
                    String.valueOf(ask("SELECT file_path FROM \"t$files\"").getFirst());
            return table.resolve("data").resolve(path.substring(path.lastIndexOf('/') + 1));
        }

        /// The first that has the stage's snapshot as its current one.
        private Path metadata(int stage) throws IOException {
            try (Stream<Path> files = Files.list(TABLE.resolve("metadata"))) {
                for (Path file : files.filter(path -> path.toString().endsWith(".metadata.json"))
                        .sorted()
                        .toList()) {
                    if (json(file).path("current-snapshot-id").asText().equals(version(stage))) {
                        return file;
                    }
                }
            }
            throw new AssertionError("no metadata of " + version(stage));
        }
    }

    /// Spark wrote the table; a stage is the log up to a version.
    @Nested
    final class Delta extends SourceContract {
        private static final Path TABLE = FIXTURES.resolve("delta/partitioned");
        private static final int FIRST_VERSION = 1;

        @Override
        void stage(Path table, int stage) throws IOException {
            copy(TABLE, table, ".parquet");
            for (int version = 0; version <= FIRST_VERSION + stage; version++) {
                copy(TABLE, table, "%020d.json".formatted(version));
            }
        }

        /// One row a version.
        @Override
        long rows(int stage) {
            return (long) FIRST_VERSION + stage;
        }

        @Override
        String version(int stage) {
            return Integer.toString(FIRST_VERSION + stage);
        }

        @Override
        Path dataFile(Path table) throws IOException {
            Path commit = table.resolve("_delta_log").resolve("%020d.json".formatted(FIRST_VERSION));
            for (String line : Files.readAllLines(commit)) {
                JsonNode path = new ObjectMapper().readTree(line).path("add").path("path");
                if (!path.isMissingNode()) {
                    return table.resolve(URLDecoder.decode(path.asText().replace("+", "%2B"), StandardCharsets.UTF_8));
                }
            }
            throw new AssertionError(commit + " adds no file");
        }
    }

    /// What is not there yet of the files whose names end so, with their folders.
    private static void copy(Path from, Path to, String ending) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(path -> path.toString().endsWith(ending) && Files.isRegularFile(path))
                    .toList()) {
                Path copy = to.resolve(from.relativize(file));
                Files.createDirectories(copy.getParent());
                if (Files.notExists(copy)) {
                    Files.copy(file, copy);
                }
            }
        }
    }

    private static JsonNode json(Path file) throws IOException {
        return new ObjectMapper().readTree(file.toFile());
    }
}
