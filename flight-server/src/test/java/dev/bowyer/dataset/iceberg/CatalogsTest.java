package dev.bowyer.dataset.iceberg;

import static dev.bowyer.dataset.iceberg.IcebergFixture.fails;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.data;
import static dev.bowyer.dataset.iceberg.LocalWarehouse.noMetrics;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.dataset.Source;
import dev.bowyer.dataset.Source.CatalogTable;
import dev.bowyer.dataset.lake.LakeVersion;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.types.Types.NestedField;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CatalogsTest {
    private static final Schema SCHEMA = new Schema(NestedField.required(1, "id", Types.LongType.get()));
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);

    @TempDir
    private Path folder;

    private IcebergFixture writer;
    private RestServer rest;
    private Table table;
    private @Nullable IcebergFixture reader;

    @BeforeEach
    void open() {
        writer = new IcebergFixture(folder);
        rest = new RestServer(writer.warehouse);
        writer.warehouse.catalog.createNamespace(Namespace.of("sales", "eu"));
        table = writer.warehouse.create("trips", SCHEMA, PartitionSpec.unpartitioned(), Map.of());
        append("a.parquet");
    }

    @AfterEach
    void close() throws IOException {
        if (reader != null) {
            reader.close();
        }
        rest.close();
        writer.close();
    }

    private void append(String name) {
        table.newFastAppend().appendFile(data(table, name, 1, noMetrics(1))).commit();
    }

    private IcebergFixture reader(CatalogSettings settings) throws IOException {
        reader = new IcebergFixture(Files.createDirectories(folder.resolve("reader")), settings);
        return reader;
    }

    private CatalogSettings jdbc() {
        return new CatalogSettings(
                "lake", CatalogSettings.Type.JDBC, writer.warehouse.databaseUri(), null, Map.of(), LONG);
    }

    private CatalogSettings rest(Duration timeout, String... properties) {
        Map<String, String> given = properties.length == 0 ? Map.of() : Map.of(properties[0], properties[1]);
        return new CatalogSettings("lake", CatalogSettings.Type.REST, rest.uri(), "file:" + folder, given, timeout);
    }

    private static Source.Lake trips() {
        return source("trips");
    }

    private static Source.Lake source(String name) {
        return new Source.Lake(
                Source.TableFormat.ICEBERG,
                "lake:sales." + name,
                new CatalogTable("lake", List.of("sales"), name),
                null);
    }

    private static List<String> names(LakeVersion version) {
        return PlannedFiles.of(version).names();
    }

    private void readsAndFollows(IcebergFixture lake) {
        LakeVersion known = lake.format.load(trips(), null);
        assertThat(names(known)).containsExactly("a.parquet");
        assertThat(PlannedFiles.of(known).header().moved()).isNull();
        assertThat(lake.format.newer(trips(), known)).isEmpty();
        append("b.parquet");
        LakeVersion newer = lake.format.newer(trips(), known).orElseThrow();
        assertThat(names(newer)).containsExactly("b.parquet", "a.parquet");
        assertThat(lake.format.newer(trips(), newer)).isEmpty();
        newer.metadataKinds()
                .forEach(kind -> assertThat(PlannedFiles.rows(newer.metadata(kind)))
                        .as(kind)
                        .isNotEmpty());
    }

    private static void lists(IcebergCatalogs catalogs) {
        assertThat(catalogs.names()).containsExactly("lake");
        assertThat(catalogs.namespaces("lake", List.of())).containsExactly(List.of("sales"));
        assertThat(catalogs.namespaces("lake", List.of("sales"))).containsExactly(List.of("sales", "eu"));
        assertThat(catalogs.tables("lake", List.of("sales"))).containsExactly("trips");
        assertThat(catalogs.tables("lake", List.of("sales", "eu"))).isEmpty();
        fails(ErrorCode.SOURCE_NOT_FOUND, () -> catalogs.tables("lake", List.of("none")));
        assertThat(fails(ErrorCode.INVALID_ARGUMENT, () -> catalogs.tables("lak", List.of()))
                        .describe())
                .contains("did you mean \"lake\"?");
    }

    @Test
    void tablesOfAJdbcCatalogAreReadAndFollowed() throws IOException {
        IcebergFixture lake = reader(jdbc());
        lists(lake.catalogs());
        readsAndFollows(lake);
        lake.objects.reads.clear();
        LakeVersion known = lake.format.load(trips(), null);
        assertThat(lake.format.newer(trips(), known)).isEmpty();
        assertThat(lake.objects.reads)
                .as("the database tells that nothing changed")
                .isEmpty();
    }

    @Test
    void aTableThatWasDroppedAndMadeAnewIsAnother() throws IOException {
        IcebergFixture lake = reader(jdbc());
        LakeVersion known = lake.format.load(trips(), null);
        writer.warehouse.catalog.dropTable(TableIdentifier.of(LocalWarehouse.SALES, "trips"), false);
        assertThat(fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.format.newer(trips(), known))
                        .describe())
                .contains("lake");
        table = writer.warehouse.create("trips", SCHEMA, PartitionSpec.unpartitioned(), Map.of());
        append("new.parquet");
        assertThat(names(lake.format.newer(trips(), known).orElseThrow())).containsExactly("new.parquet");
    }

    @Test
    void aDamagedMetadataFileOfAJdbcCatalogIsNamedAtOnce() throws IOException {
        IcebergFixture lake = reader(jdbc());
        String file = LocalWarehouse.metadata(table).metadataFileLocation();
        Files.writeString(Path.of(file.replaceFirst("^file:", "")), "{");
        assertThat(fails(ErrorCode.SOURCE_INVALID, () -> lake.format.load(trips(), null)))
                .hasMessageContaining(Locations.name(file));
    }

    @Test
    void aDatabaseIsNeitherMadeNorChanged() throws IOException {
        Path none = folder.resolve("none.db");
        var missing =
                new CatalogSettings("lake", CatalogSettings.Type.JDBC, "jdbc:sqlite:" + none, null, Map.of(), LONG);
        try (IcebergFixture lake = new IcebergFixture(Files.createDirectories(folder.resolve("r1")), missing)) {
            assertThat(fails(ErrorCode.UNAVAILABLE, () -> lake.catalogs().namespaces("lake", List.of())))
                    .hasMessageContaining("\"lake\"")
                    .hasMessageNotContaining("none.db");
        }
        assertThat(none).doesNotExist();
        Path other = Files.createFile(folder.resolve("other.db"));
        var empty =
                new CatalogSettings("lake", CatalogSettings.Type.JDBC, "jdbc:sqlite:" + other, null, Map.of(), LONG);
        IcebergFixture lake = reader(empty);
        fails(ErrorCode.SOURCE_INVALID, () -> lake.format.load(trips(), null));
        assertThat(other).isEmptyFile();
    }

    @Test
    void tablesOfARestCatalogAreReadAndFollowed() throws IOException {
        IcebergFixture lake = reader(rest(LONG));
        lists(lake.catalogs());
        readsAndFollows(lake);
        assertThat(fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.format.load(source("none"), null)))
                .hasMessageContaining("\"lake\"");
        assertThat(rest.requests).noneMatch(request -> request.startsWith("POST"));
    }

    @Test
    void aRestCatalogIsConnectedToWhenItIsFirstUsed() throws IOException {
        IcebergFixture lake = reader(rest(LONG));
        assertThat(rest.requests).isEmpty();
        rest.failing = 500;
        fails(ErrorCode.UNAVAILABLE, () -> lake.catalogs().namespaces("lake", List.of()));
        rest.failing = 0;
        lists(lake.catalogs());
    }

    @Test
    void aCredentialGetsATokenAndANewOneWhenThatExpires() throws IOException {
        rest.guarded = true;
        IcebergFixture lake = reader(rest(LONG, "credential", RestServer.CREDENTIAL));
        table.updateProperties().set("write.data.path", "s3://bucket/trips").commit();
        lend("k1", Instant.now().plusSeconds(3600));
        readsAndFollows(lake);
        rest.expireTokens();
        assertThat(lake.catalogs().tables("lake", List.of("sales"))).containsExactly("trips");
        assertThat(lake.objects.stores).as("kept by the new connection").containsKey("s3://bucket/trips/");
    }

    @Test
    void aTokenThatHasExpiredOrIsWrongIsSaidSo() throws IOException {
        rest.guarded = true;
        IcebergFixture lake = reader(rest(LONG, "token", "t0"));
        lists(lake.catalogs());
        rest.expireTokens();
        try (CapturedLog log = new CapturedLog(CatalogFailures.class)) {
            ServiceException refused =
                    fails(ErrorCode.UNAVAILABLE, () -> lake.catalogs().tables("lake", List.of("sales")));
            assertThat(refused.describe())
                    .contains("\"lake\"", "refuses the server's credential")
                    .doesNotContain("t0", "s3cret");
            assertThat(log.entries)
                    .singleElement()
                    .asString()
                    .startsWith("WARNING")
                    .contains("lake", "NotAuthorizedException", "401")
                    .doesNotContain("s3cret");
        }
        rest.failing = 403;
        assertThat(fails(ErrorCode.PERMISSION_DENIED, () -> lake.catalogs().tables("lake", List.of("sales")))
                        .describe())
                .doesNotContain("s3cret");
    }

    @Test
    void aWrongCredentialIsSaidSo() throws IOException {
        IcebergFixture lake = reader(rest(LONG, "credential", "client:wrong"));
        assertThat(fails(ErrorCode.UNAVAILABLE, () -> lake.catalogs().namespaces("lake", List.of()))
                        .describe())
                .doesNotContain("wrong:", "client:");
    }

    @Test
    void aSilentCatalogIsNotWaitedForLongerThanItsTimeout() throws IOException {
        IcebergFixture lake = reader(rest(SHORT));
        rest.silent = true;
        long began = System.nanoTime();
        assertThat(fails(ErrorCode.UNAVAILABLE, () -> lake.format.load(trips(), null)))
                .hasMessageContaining("\"lake\"");
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aCatalogThatIsDownIsUnavailable() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0)) {
            port = free.getLocalPort();
        }
        var down = new CatalogSettings(
                "lake", CatalogSettings.Type.REST, "http://127.0.0.1:" + port, null, Map.of(), LONG);
        IcebergFixture lake = reader(down);
        assertThat(fails(ErrorCode.UNAVAILABLE, () -> lake.format.load(trips(), null)))
                .hasMessageContaining("\"lake\"")
                .hasMessageNotContaining(Integer.toString(port));
    }

    @Test
    void lentCredentialsAreRegisteredForTheTableAndRenewedBeforeTheyExpire() throws IOException {
        table = writer.warehouse
                .catalog
                .buildTable(TableIdentifier.of(LocalWarehouse.SALES, "cloud"), SCHEMA)
                .withLocation(folder.resolve("cloud").toString())
                .withProperty("write.data.path", "s3://bucket/data/cloud")
                .create();
        IcebergFixture lake = reader(rest(LONG));
        lend("k1", Instant.now().plusSeconds(1));
        LakeVersion known = lake.format.load(source("cloud"), null);
        assertThat(lake.objects.stores.get("s3://bucket/data/cloud/"))
                .containsEntry("access-key-id", "k1")
                .containsEntry("session-token", "t-k1")
                .containsEntry("path-style", "true")
                .containsEntry("region", "eu-central-1")
                .containsEntry("endpoint", "http://127.0.0.1:9000")
                .containsEntry("allow-http", "true")
                .hasSize(7);
        lend("k2", Instant.now().plusSeconds(3600));
        Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            assertThat(lake.format.newer(source("cloud"), known)).isEmpty();
            assertThat(lake.objects.stores.get("s3://bucket/data/cloud/")).containsEntry("access-key-id", "k2");
        });
        lake.catalogs().close();
        assertThat(lake.objects.stores).isEmpty();
    }

    @Test
    void lentCredentialsAreRenewedWithoutAQueryButNotForEver() throws IOException {
        table.updateProperties().set("write.data.path", "s3://bucket/trips").commit();
        lend("k1", Instant.now().plusSeconds(3600));
        LocalObjects objects = new LocalObjects(folder);
        TableIdentifier id = TableIdentifier.of(LocalWarehouse.SALES, "trips");
        try (Leases leases = new Leases(new LentStores(objects, Set.of()));
                RestCatalogClient client = new RestCatalogClient(rest(LONG), objects, leases)) {
            assertThat(client.load(id).location()).isEqualTo(table.location());
            lend("k2", Instant.now().plusSeconds(7200));
            client.renew(Instant.now());
            assertThat(objects.stores.get("s3://bucket/trips/")).containsEntry("access-key-id", "k1");
            client.renew(Instant.now().plusSeconds(3400));
            assertThat(objects.stores.get("s3://bucket/trips/")).containsEntry("access-key-id", "k2");
            client.renew(Instant.now().plusSeconds(3700));
            assertThat(objects.stores).as("nobody has asked for it in an hour").isEmpty();
        }
    }

    @Test
    void namesThatACatalogDoesNotHaveAreNotFound() throws IOException {
        for (CatalogSettings settings : List.of(jdbc(), rest(LONG))) {
            Path own = Files.createTempDirectory(folder, "reader");
            try (IcebergFixture lake = new IcebergFixture(own, settings)) {
                assertThat(lake.catalogs().tables("lake", List.of("sales"))).containsExactly("trips");
                var files = new Source.Lake(
                        Source.TableFormat.ICEBERG,
                        "lake:sales.trips.files",
                        new CatalogTable("lake", List.of("sales", "trips"), "files"),
                        null);
                fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.format.load(files, null));
                fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.format.load(source(""), null));
            }
        }
        IcebergFixture lake = reader(rest(LONG));
        lists(lake.catalogs());
        rest.failing = 400;
        fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.format.load(source("odd"), null));
        fails(ErrorCode.SOURCE_NOT_FOUND, () -> lake.catalogs().tables("lake", List.of("odd")));
        fails(ErrorCode.UNAVAILABLE, () -> lake.catalogs().namespaces("lake", List.of()));
    }

    private void lend(String key, Instant expires) {
        rest.tableConfig = Map.of("client.region", "eu-central-1");
        rest.storageCredentials = List.of(
                Map.of(
                        "prefix",
                        "s3://bucket/",
                        "config",
                        Map.of(
                                "s3.access-key-id",
                                key,
                                "s3.secret-access-key",
                                "s-" + key,
                                "s3.session-token",
                                "t-" + key,
                                "s3.session-token-expires-at-ms",
                                Long.toString(expires.toEpochMilli()),
                                "s3.endpoint",
                                "http://127.0.0.1:9000",
                                "s3.path-style-access",
                                "true")),
                Map.of("prefix", "s3://bucket/other/", "config", Map.of("s3.access-key-id", "not this one")));
    }

    @Test
    void aCatalogDoesNotOpenLocalFolders() throws IOException {
        String location = table.location();
        var elsewhere = new CatalogSettings(
                "lake", CatalogSettings.Type.REST, rest.uri(), "file:" + folder + "/other", Map.of(), LONG);
        var unnamed = new CatalogSettings("lake", CatalogSettings.Type.REST, rest.uri(), null, Map.of(), LONG);
        for (CatalogSettings settings : List.of(elsewhere, unnamed)) {
            Path own = Files.createTempDirectory(folder, "reader");
            try (IcebergFixture lake = new IcebergFixture(own, settings)) {
                assertThat(fails(ErrorCode.SOURCE_INVALID, () -> lake.format.load(trips(), null))
                                .describe())
                        .contains(location, "warehouse");
            }
        }
        IcebergFixture lake = reader(jdbc());
        table.updateProperties()
                .set("write.metadata.path", "file:" + folder + "/apart")
                .commit();
        table.updateLocation().setLocation("file:" + folder + "/private").commit();
        assertThat(fails(ErrorCode.SOURCE_INVALID, () -> lake.format.load(trips(), null))
                        .describe())
                .contains("/private");
    }
}
