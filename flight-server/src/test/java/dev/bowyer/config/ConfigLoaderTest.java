package dev.bowyer.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.bowyer.dataset.AsOf;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.FileFormat;
import dev.bowyer.dataset.Source;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ConfigLoaderTest {
    @TempDir
    Path folder;

    @Test
    void readsEveryKey() throws IOException {
        Config config = load("""
                server: { flight: "[::1]:9000" }
                limits: { query-memory: 2GiB, total-memory: 50%, timeout: 5m }
                datasets:
                  - name: trips
                    from: /data/trips/
                    format: csv
                    partitions: [year, month]
                    refresh: 60s
                    csv: { delimiter: ";", header: false }
                  - { name: sales.orders, from: ./orders }
                """);
        assertThat(config.server().flight()).isEqualTo(new ListenAddress("::1", 9000));
        assertThat(config.limits().queryMemory().of(0)).isEqualTo(2L << 30);
        assertThat(config.limits().totalMemory().of(1000)).isEqualTo(500);
        assertThat(config.limits().timeout()).isEqualTo(Duration.ofMinutes(5));
        Config.DatasetEntry trips = config.datasets().getFirst();
        assertThat(trips.name()).isEqualTo(DatasetName.parse("trips"));
        Source.Files tripFiles = (Source.Files) trips.source();
        assertThat(tripFiles.location()).isEqualTo("/data/trips/");
        assertThat(tripFiles.format()).isEqualTo(FileFormat.CSV);
        assertThat(tripFiles.partitions()).isEqualTo(List.of("year", "month"));
        assertThat(tripFiles.csv().delimiter()).isEqualTo(';');
        assertThat(tripFiles.csv().header()).isFalse();
        assertThat(trips.refresh()).isEqualTo(Duration.ofSeconds(60));
        Config.DatasetEntry orders = config.datasets().getLast();
        assertThat(orders.name()).isEqualTo(new DatasetName("sales", "orders"));
        Source.Files orderFiles = (Source.Files) orders.source();
        assertThat(orderFiles.format()).isNull();
        assertThat(orderFiles.partitions()).isNull();
        assertThat(orderFiles.csv().header()).isTrue();
    }

    @Test
    void storesCatalogsAndTablesOfFormats() throws IOException {
        Config config = load("""
                stores:
                  - prefix: s3://lake/
                    endpoint: http://127.0.0.1:9000
                    access-key-id: ${env:KEY}
                    secret-access-key: ${env:SECRET}
                    allow-http: true
                    timeout: 2s
                    retries: 3
                catalogs:
                  - { name: lake, type: rest, uri: "https://catalog/", credential: "${env:SECRET}", refresh: 1m }
                datasets:
                  - { name: orders, from: s3://lake/orders/, format: iceberg, as-of: main }
                  - { name: events, from: s3://lake/events, as-of: 2026-01-31 }
                  - { name: trips, catalog: lake, table: sales.eu.trips }
                """, Map.of("KEY", "the-key", "SECRET", "the-secret"));
        Config.StoreEntry store = config.stores().getFirst();
        assertThat(store.prefix()).isEqualTo("s3://lake/");
        assertThat(store.options())
                .containsEntry("timeout", "2000")
                .containsEntry("access-key-id", "the-key")
                .containsEntry("retries", "3");
        Config.CatalogEntry catalog = config.catalogs().getFirst();
        assertThat(catalog.options()).containsEntry("credential", "the-secret");
        assertThat(catalog.mount()).isTrue();
        assertThat(catalog.refresh()).isEqualTo(Duration.ofMinutes(1));
        assertThat(store + " " + catalog + " " + config).doesNotContain("the-secret", "the-key");
        assertThat(config.datasets().stream().map(Config.DatasetEntry::source))
                .containsExactly(
                        new Source.Lake(Source.TableFormat.ICEBERG, "s3://lake/orders/", null, new AsOf.Ref("main")),
                        new Source.Lake(null, "s3://lake/events", null, AsOf.parse("2026-01-31")),
                        new Source.Lake(
                                Source.TableFormat.ICEBERG,
                                "lake:sales.eu.trips",
                                new Source.CatalogTable("lake", List.of("sales", "eu"), "trips"),
                                null));
    }

    @Test
    void whatIsWrongWithStoresAndTablesIsSaidWithItsPlace() {
        assertThatThrownBy(() -> load("""
                        stores:
                          - { prefix: "ftp://lake/" }
                          - { prefix: "s3://lake/", secret-acess-key: x }
                          - { prefix: "s3://lake/", secret-access-key: [hidden-one] }
                        catalogs:
                          - { name: lake, type: hive, uri: x }
                        datasets:
                          - { name: a, from: x, catalog: lake, table: b.c }
                          - { name: b }
                          - { name: c, catalog: lake, table: c }
                          - { name: d, from: x, as-of: 2026-02-31 }
                        """))
                .hasMessageContaining("prefix: \"ftp://lake/\"")
                .hasMessageContaining("secret-acess-key")
                .hasMessageContaining("type: \"hive\" (expected: rest or jdbc)")
                .hasMessageContaining("a dataset has either \"from\", or \"catalog\" and \"table\"")
                .hasMessageContaining("table: \"c\" (expected: namespace.table)")
                .hasMessageContaining("as-of: \"2026-02-31\"")
                .hasMessageNotContaining("hidden-one");
    }

    @Test
    void emptyFileAndNullsAreTheDefaults() throws IOException {
        Config defaults = ConfigLoader.fromEnvironmentOnly(Map.of());
        assertThat(load("")).isEqualTo(defaults);
        assertThat(load("server: { flight: null }\nlimits: ~\ndatasets: []\n")).isEqualTo(defaults);
        assertThat(defaults.server().flight()).hasToString("127.0.0.1:8815");
        assertThat(defaults.limits().timeout()).isZero();
    }

    static Stream<Arguments> wrong() {
        return Stream.of(
                wrong("servr: {}", ":1:1: unknown key \"servr\" (did you mean \"server\"?)"),
                wrong("server:\n  flihgt: a:1", ":2:3: unknown key \"flihgt\" in server (did you mean \"flight\"?)"),
                wrong(
                        "server:\n  zzzzzz: 1",
                        ":2:3: unknown key \"zzzzzz\" in server (expected: flight, advertise, http, data-folder,"),
                wrong("server: { flight: 8815 }", ":1:19: flight: \"8815\" (expected: HOST:PORT"),
                wrong("server: { flight: [a] }", ":1:19: flight: a list (expected: HOST:PORT"),
                wrong("server: [a]", ":1:9: server: expected a mapping with flight"),
                wrong("- a", ":1:1: the file: expected a mapping with server, limits, http, telemetry, tickets, auth"),
                wrong("limits: { timeout: 5 }", "timeout: \"5\" (expected: a duration such as"),
                wrong("limits: { query-memory: 2 GB }\nlimits: {}", ":2:1: key \"limits\" stands twice"),
                wrong("limits: { total-memory: 101% }", "total-memory: \"101%\" (expected: a size such as"),
                wrong("limits: { total-memory: 0 }", "total-memory: \"0\" (expected: a size such as"),
                wrong("limits:\n  total-memory: 1MiB", ":2:17: total-memory: 1MiB (expected: at least 16MiB)"),
                wrong("limits: { query-memory: 1KiB }", ":1:25: query-memory: 1KiB (expected: at least 1MiB)"),
                wrong("limits: { query-memory: 0.0000001% }", "query-memory: 1.0E-7% of the memory there is"),
                wrong("datasets: { a: b }", ":1:11: datasets: a mapping (expected: a list of mappings)"),
                wrong(
                        "datasets:\n  - { name: a }",
                        ":2:5: a dataset has either \"from\", or \"catalog\" and \"table\""),
                wrong("datasets:\n  - { name: '', from: a }", "name: \"\" (expected: a name such as"),
                wrong(
                        "datasets:\n  - { name: a, from: x }\n  - { name: public.a, from: y }",
                        ":3:13: dataset name \"a\" is taken on line 2"),
                wrong(
                        "datasets: [{ name: a, from: x, format: orc }]",
                        "format: \"orc\" (expected: parquet, csv, ndjson, arrow, iceberg, delta)"),
                wrong("datasets: [{ name: a, from: x, partitions: day }]", "partitions: \"day\" (expected: a list of"),
                wrong(
                        "datasets: [{ name: a, from: x, csv: { delimiter: ab } }]",
                        "delimiter: \"ab\" (expected: one ASCII character)"),
                wrong("datasets: [{ name: a, from: x, csv: { header: yes } }]", "header: \"yes\" (expected: true or"),
                wrong("datasets: [{ name: a, from: x, csv: { heder: true } }]", "(did you mean \"header\"?)"),
                wrong("a: b: c", ":1:5: not YAML: "),
                wrong("{a: 1}: 2", ":1:1: a key must be a plain text"),
                wrong("server: { flight: '${env:MISSING}:1' }", "environment variable MISSING is not set"),
                wrong("server: { flight: '${file:/no/such/file}' }", "${file:/no/such/file}: cannot be read"),
                wrong("server: { flight: '${vault:x}' }", "${vault:x}: unknown reference"));
    }

    private static Arguments wrong(String yaml, String expected) {
        return Arguments.of(yaml, expected);
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void refusesWithThePlaceAndWhatIsExpected(String yaml, String expected) throws IOException {
        Path file = write(yaml);
        ServiceException refusal =
                catchThrowableOfType(ServiceException.class, () -> ConfigLoader.load(file, Map.of()));
        assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_CONFIG);
        assertThat(refusal).hasMessageContaining(expected).hasMessageStartingWith(file.toString());
    }

    @Test
    void showsAllProblemsAtOnce() throws IOException {
        Path file = write("server: { flight: 1 }\nlimit: {}\ndatasets: [{ from: x }]\n");
        assertThatThrownBy(() -> ConfigLoader.load(file, Map.of("BOWYER_LIMITS_TIMEOUT", "soon")))
                .hasMessageContainingAll(
                        "4 problems",
                        file + ":1:19: flight",
                        file + ":2:1: unknown key \"limit\"",
                        file + ":3:12: key \"name\" is missing",
                        "environment variable BOWYER_LIMITS_TIMEOUT: \"soon\"");
    }

    @Test
    void putsReferencesInAndNeverPrintsTheirValues() throws IOException {
        Path secret = Files.writeString(folder.resolve("secret"), "/data/hidden\n");
        Map<String, String> environment = Map.of("HOST", "localhost", "SECRET", "hunter2");
        Config config = ConfigLoader.load(
                write("server: { flight: '${env:HOST}:1' }\ndatasets: [{ name: a, from: '${file:" + secret + "}' }]"),
                environment);
        assertThat(config.server().flight()).hasToString("localhost:1");
        assertThat(config.datasets().getFirst().source().location()).isEqualTo("/data/hidden");

        Path wrong = write("server: { flight: '${env:SECRET}' }");
        assertThatThrownBy(() -> ConfigLoader.load(wrong, environment))
                .hasMessageContaining("flight: \"${env:SECRET}\" (expected: HOST:PORT")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void environmentGoesBeforeTheFile() throws IOException {
        Map<String, String> environment =
                Map.of("BOWYER_SERVER_FLIGHT", "localhost:7", "BOWYER_LIMITS_QUERY_MEMORY", "1GiB");
        Config config = ConfigLoader.load(write("server: { flight: localhost:6 }"), environment);
        assertThat(config.server().flight().port()).isEqualTo(7);
        assertThat(config.limits().queryMemory().of(0)).isEqualTo(1L << 30);
    }

    @Test
    void unknownVariablesUnderOurPrefixesAreRefused() {
        Map<String, String> environment = Map.of(
                "BOWYER_SERVER_FLIHGT", "localhost:7",
                "BOWYER_LIMITS_ZZZZZZZZZZ", "1",
                "BOWYER_LIMITS_TOTAL_MEMORY", "1MiB",
                "BOWYER_JAVA_OPTS", "-Xmx1g",
                "BOWYER_CARGO_TARGET", "/tmp");
        assertThatThrownBy(() -> ConfigLoader.fromEnvironmentOnly(environment))
                .hasMessageContainingAll(
                        "3 problems",
                        "variable BOWYER_SERVER_FLIHGT: no such setting (did you mean \"BOWYER_SERVER_FLIGHT\"?)",
                        "variable BOWYER_LIMITS_ZZZZZZZZZZ: no such setting (expected: BOWYER_SERVER_FLIGHT, ",
                        "variable BOWYER_LIMITS_TOTAL_MEMORY: 1MiB (expected: at least 16MiB)");
    }

    @Test
    void folderAndOtherBytesThanTextAreNamed() throws IOException {
        assertThatThrownBy(() -> ConfigLoader.load(folder, Map.of()))
                .hasMessage(folder + ": is a folder; the file in it is wanted");
        Path bytes = Files.write(folder.resolve("bytes.yaml"), new byte[] {(byte) 0xff, (byte) 0xfe});
        assertThatThrownBy(() -> ConfigLoader.load(bytes, Map.of())).hasMessage(bytes + ": is not UTF-8 text");
    }

    @Test
    void missingFileIsNamed() {
        assertThatThrownBy(() -> ConfigLoader.load(folder.resolve("none.yaml"), Map.of()))
                .hasMessage(folder.resolve("none.yaml") + ": no such file");
    }

    private Config load(String yaml) throws IOException {
        return load(yaml, Map.of());
    }

    private Config load(String yaml, Map<String, String> environment) throws IOException {
        return ConfigLoader.load(write(yaml), environment);
    }

    private Path write(String yaml) throws IOException {
        return Files.writeString(folder.resolve("bowyer.yaml"), yaml);
    }
}
