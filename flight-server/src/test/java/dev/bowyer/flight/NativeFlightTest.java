package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.datafusion.NativeEngine;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.vector.BigIntVector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole way from a file to a client, through the native engine.
@SuppressWarnings("try") // Arrow's clients say that closing them may be interrupted.
final class NativeFlightTest {
    private static final int ROWS = 10_000;
    private static final String PRODUCT = "SELECT a.n * 10000 + b.n AS p FROM numbers a CROSS JOIN numbers b";

    @TempDir
    private Path folder;

    private final NativeEngine engine = NativeEngine.start(EngineOptions.defaults());
    private final TestServer server = new TestServer(engine);

    @BeforeEach
    void register() throws IOException {
        writeNumbers("numbers.csv", ROWS);
        server.register("numbers", folder.resolve("numbers.csv").toString());
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void aDatasetComesByItsNameWithOneSchemaEverywhere() throws Exception {
        try (FlightClient client = server.connect();
                FlightStream stream = client.getStream(new Ticket("numbers".getBytes(StandardCharsets.UTF_8)))) {
            FlightInfo info = client.getInfo(FlightDescriptor.path("numbers"));
            assertThat(stream.getSchema())
                    .isEqualTo(info.getSchemaOptional().orElseThrow())
                    .isEqualTo(
                            client.getSchema(FlightDescriptor.path("numbers")).getSchema())
                    .isEqualTo(client.listFlights(Criteria.ALL)
                            .iterator()
                            .next()
                            .getSchemaOptional()
                            .orElseThrow());
            long sum = 0;
            while (stream.next()) {
                BigIntVector n = (BigIntVector) stream.getRoot().getVector("n");
                for (int i = 0; i < n.getValueCount(); i++) {
                    sum += n.get(i);
                }
            }
            assertThat(sum).isEqualTo(ROWS * (ROWS - 1L) / 2);
        }
    }

    @Test
    void jdbcSelectsAndPrepares() throws SQLException {
        String url = "jdbc:arrow-flight-sql://127.0.0.1:" + server.port() + "?useEncryption=false";
        try (var connection = DriverManager.getConnection(url);
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT name, count(*) AS c, avg(n) AS a FROM numbers GROUP BY name ORDER BY name")) {
            try (ResultSet rows = statement.executeQuery()) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getString("name")).isEqualTo("even");
                assertThat(rows.getLong("c")).isEqualTo(ROWS / 2);
                assertThat(rows.getDouble("a")).isEqualTo(ROWS / 2 - 1.0);
                assertThat(rows.next()).isTrue();
                assertThat(rows.next()).isFalse();
            }
        }
    }

    @Test
    void jdbcReadsEveryKindOfValue() throws SQLException {
        String url = "jdbc:arrow-flight-sql://127.0.0.1:" + server.port() + "?useEncryption=false";
        try (var connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("""
                        SELECT CAST('2026-01-02' AS DATE) AS day,
                               CAST('2026-01-02 03:04:05.678' AS TIMESTAMP) AS moment,
                               CAST(1.25 AS DECIMAL(10, 2)) AS price,
                               true AS yes,
                               X'0102FF' AS bytes,
                               arrow_cast('text', 'LargeUtf8') AS large,
                               arrow_cast('text', 'Utf8View') AS view,
                               arrow_cast('key', 'Dictionary(Int32, Utf8)') AS word,
                               arrow_cast(7, 'UInt8') AS small,
                               CAST(NULL AS BIGINT) AS none,
                               NULL AS nothing,
                               make_array(1, 2) AS list""")) {
            assertThat(row.next()).isTrue();
            assertThat(row.getDate("day")).hasToString("2026-01-02");
            assertThat(row.getTimestamp("moment")).hasToString("2026-01-02 03:04:05.678");
            assertThat(row.getBigDecimal("price")).isEqualTo(new BigDecimal("1.25"));
            assertThat(row.getBoolean("yes")).isTrue();
            assertThat(row.getBytes("bytes")).containsExactly(1, 2, 0xFF);
            assertThat(row.getString("large")).isEqualTo("text");
            assertThat(row.getString("view")).isEqualTo("text");
            assertThat(row.getString("word")).isEqualTo("key");
            assertThat(row.getInt("small")).isEqualTo(7);
            assertThat(row.getLong("none")).isZero();
            assertThat(row.wasNull()).isTrue();
            assertThat(row.getObject("nothing")).isNull();
            assertThat((Object[]) row.getArray("list").getArray()).containsExactly(1L, 2L);
            assertThat(row.next()).isFalse();
        }
    }

    @Test
    void newRowsAreSeenByTheNextQuery() throws Exception {
        try (FlightClient client = server.connect()) {
            FlightSqlClient sql = new FlightSqlClient(client);
            writeNumbers("numbers.csv", ROWS + 1);
            FlightInfo after = sql.execute("SELECT count(*) FROM numbers");
            assertThat(count(sql, after)).isEqualTo(ROWS + 1);
        }
    }

    @Test
    void mistakesAreNamed() throws Exception {
        try (FlightClient client = server.connect()) {
            FlightSqlClient sql = new FlightSqlClient(client);
            assertThatThrownBy(() -> sql.execute("SELECT n FROM numberz"))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.NOT_FOUND))
                    .hasMessageContaining("numbers");
            assertThatThrownBy(() -> sql.execute("SELECT m FROM numbers"))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.INVALID_ARGUMENT))
                    .hasMessageContaining("UNKNOWN_COLUMN");
            assertThatThrownBy(() -> sql.execute("DROP TABLE numbers"))
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAUTHORIZED));
            FlightInfo fails = sql.execute("SELECT 1 / (n - 5000) AS q FROM numbers");
            assertThatThrownBy(() -> {
                        try (FlightStream stream =
                                sql.getStream(fails.getEndpoints().getFirst().getTicket())) {
                            while (stream.next()) {
                                assertThat(stream.hasRoot()).isTrue();
                            }
                        }
                    })
                    .isInstanceOfSatisfying(
                            FlightRuntimeException.class,
                            e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.INVALID_ARGUMENT))
                    .hasMessageContaining("INVALID_VALUE");
        }
    }

    @Test
    void aReaderThatStopsAndGoesFreesTheRun() throws Exception {
        try (FlightClient client = server.connect()) {
            FlightSqlClient sql = new FlightSqlClient(client);
            FlightInfo info = sql.execute(PRODUCT);
            try (FlightStream stream =
                    sql.getStream(info.getEndpoints().getFirst().getTicket())) {
                assertThat(stream.next()).isTrue();
                assertThat(server.queries().running().all()).hasSize(1);
                await().during(Duration.ofMillis(300))
                        .atMost(Duration.ofSeconds(10))
                        .until(() -> server.queries()
                                        .running()
                                        .all()
                                        .iterator()
                                        .next()
                                        .metrics()
                                        .bytes()
                                < 64L << 20);
                stream.cancel("enough", null);
                await().atMost(Duration.ofSeconds(1))
                        .untilAsserted(
                                () -> assertThat(engine.stats().activeQueries()).isZero());
            }
        }
    }

    private void writeNumbers(String file, int rows) throws IOException {
        String lines = IntStream.range(0, rows)
                .mapToObj(n -> n + (n % 2 == 0 ? ",even" : ",odd"))
                .collect(Collectors.joining("\n", "n,name\n", "\n"));
        Files.writeString(folder.resolve(file), lines);
    }

    private static long count(FlightSqlClient sql, FlightInfo info) throws Exception {
        try (FlightStream stream = sql.getStream(info.getEndpoints().getFirst().getTicket())) {
            assertThat(stream.next()).isTrue();
            return ((BigIntVector) stream.getRoot().getVector(0)).get(0);
        }
    }
}
