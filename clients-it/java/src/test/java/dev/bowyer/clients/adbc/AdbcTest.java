package dev.bowyer.clients.adbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.clients.ClientFeature;
import dev.bowyer.clients.LakeServer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.apache.arrow.adbc.core.AdbcConnection;
import org.apache.arrow.adbc.core.AdbcConnection.GetObjectsDepth;
import org.apache.arrow.adbc.core.AdbcDatabase;
import org.apache.arrow.adbc.core.AdbcDriver;
import org.apache.arrow.adbc.core.AdbcException;
import org.apache.arrow.adbc.core.AdbcStatement;
import org.apache.arrow.adbc.core.AdbcStatusCode;
import org.apache.arrow.adbc.core.BulkIngestMode;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlConnectionProperties;
import org.apache.arrow.adbc.driver.flightsql.FlightSqlDriver;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// ADBC's Java driver for Flight SQL. Closing its memory asserts that all came back.
@SuppressWarnings("try") // ADBC says that closing may be interrupted.
final class AdbcTest {
    private static final String ADBC = "ADBC Java 0.20.0";

    @TempDir
    private static Path folder;

    private static LakeServer server;

    private BufferAllocator memory;
    private AdbcDatabase database;
    private AdbcConnection connection;

    @BeforeAll
    static void startServer() {
        server = LakeServer.start(folder);
    }

    @AfterAll
    static void closeServer() {
        server.close();
    }

    @BeforeEach
    void connect() throws AdbcException {
        memory = new RootAllocator();
        database = open(Map.of());
        connection = database.connect();
    }

    @AfterEach
    void disconnect() throws Exception {
        connection.close();
        database.close();
        memory.close();
    }

    private AdbcDatabase open(Map<String, Object> options) throws AdbcException {
        Map<String, Object> parameters = new HashMap<>(options);
        AdbcDriver.PARAM_URI.set(
                parameters,
                "grpc+tcp://" + server.uri().getHost() + ":" + server.uri().getPort());
        return new FlightSqlDriver(memory).open(parameters);
    }

    @Test
    @ClientFeature(client = ADBC, feature = "queries")
    void aQueryGivesItsRows() throws Exception {
        assertThat(query(connection, "SELECT n, name FROM numbers ORDER BY n LIMIT 2"))
                .containsExactly(List.of(0L, "even"), List.of(1L, "odd"));
        assertThat(query(connection, "SELECT n FROM numbers WHERE n < 0")).isEmpty();
        assertThat(query(connection, "SELECT n FROM numbers")).hasSize(LakeServer.NUMBERS);
    }

    @Test
    @ClientFeature(client = ADBC, feature = "schema of a query")
    void theSchemaIsKnownWithoutARun() throws Exception {
        try (AdbcStatement statement = statement("SELECT n, name FROM numbers")) {
            assertThat(statement.executeSchema().getFields())
                    .extracting(field -> field.getName())
                    .containsExactly("n", "name");
        }
    }

    @Test
    @ClientFeature(client = ADBC, feature = "errors")
    void errorsHaveTheirStatusAndText() throws Exception {
        assertFails(
                AdbcStatusCode.INVALID_ARGUMENT, "UNKNOWN_COLUMN", () -> query(connection, "SELECT m FROM numbers"));
        assertFails(AdbcStatusCode.NOT_FOUND, "did you mean", () -> query(connection, "SELECT n FROM nmbers"));
    }

    @Test
    @ClientFeature(client = ADBC, feature = "prepared statements")
    void aPreparedStatementRunsAgain() throws Exception {
        try (AdbcStatement statement = statement("SELECT n FROM numbers WHERE n < 3")) {
            statement.prepare();
            for (int run = 0; run < 3; run++) {
                assertThat(rows(statement)).hasSize(3);
            }
        }
    }

    @Test
    @ClientFeature(client = ADBC, feature = "parameters")
    void valuesAreBound() throws Exception {
        try (AdbcStatement statement = statement("SELECT n FROM numbers WHERE n = ? AND name = ?");
                BigIntVector n = new BigIntVector("n", memory);
                VarCharVector name = new VarCharVector("name", memory);
                VectorSchemaRoot row = VectorSchemaRoot.of(n, name)) {
            statement.prepare();
            assertThat(statement.getParameterSchema().getFields()).hasSize(2);
            for (long run = 0; run < 10; run++) {
                n.setSafe(0, run);
                name.setSafe(0, "even".getBytes(StandardCharsets.UTF_8));
                row.setRowCount(1);
                statement.bind(row);
                assertThat(rows(statement)).isEqualTo(run % 2 == 0 ? List.of(List.of(run)) : List.of());
            }
        }
    }

    @Test
    @ClientFeature(client = ADBC, feature = "catalogs")
    void catalogsAreInTheTreeOfObjects() throws Exception {
        assertThat(objects(GetObjectsDepth.CATALOGS)).contains("bowyer").doesNotContain("numbers");
    }

    @Test
    @ClientFeature(client = ADBC, feature = "schemas")
    void schemasAreInTheTreeOfObjects() throws Exception {
        assertThat(objects(GetObjectsDepth.DB_SCHEMAS))
                .contains("lake", "public")
                .doesNotContain("numbers");
    }

    @Test
    @ClientFeature(client = ADBC, feature = "tables")
    void tablesAreInTheTreeOfObjects() throws Exception {
        assertThat(objects(GetObjectsDepth.TABLES)).contains("lines", "numbers").doesNotContain("column_name\":\"n\"");
    }

    @Test
    @ClientFeature(
            client = ADBC,
            feature = "columns",
            works = false,
            note = "the driver cannot read the tree that it has made itself; other depths work")
    void columnsBreakTheTreeOfObjects() {
        assertThatThrownBy(() -> objects(GetObjectsDepth.ALL)).hasMessageContaining("not all nodes");
    }

    @Test
    @ClientFeature(client = ADBC, feature = "table types", works = false, note = "the driver does not ask")
    void tableTypesAreNotAskedFor() {
        assertThatThrownBy(() -> connection.getTableTypes().close()).hasMessageContaining("does not support");
    }

    @Test
    @ClientFeature(
            client = ADBC,
            feature = "SQL info",
            works = false,
            note =
                    "the driver (0.20.0) empties the batch it received before it reads it; its own name and version arrive")
    void onlyTheDriversInfoArrives() throws Exception {
        try (ArrowReader reader = connection.getInfo()) {
            assertThat(rows(reader).toString())
                    .contains("ADBC Flight SQL Driver")
                    .doesNotContain("Bowyer");
        }
    }

    @Test
    @ClientFeature(client = ADBC, feature = "parallel endpoints")
    void partitionsAreReadOnAnotherConnection() throws Exception {
        try (AdbcDatabase parallel = open(
                        Map.of(FlightSqlConnectionProperties.RPC_CALL_HEADER_PREFIX + "x-bowyer-parallelism", "4"));
                AdbcConnection one = parallel.connect();
                AdbcStatement statement = one.createStatement()) {
            statement.setSqlQuery("SELECT n FROM lake.lines");
            List<ByteBuffer> partitions = new ArrayList<>();
            statement.executePartitioned().getPartitionDescriptors().forEach(it -> partitions.add(it.getDescriptor()));
            assertThat(partitions).hasSize(4);
            List<Object> rows = new ArrayList<>();
            for (ByteBuffer partition : partitions) {
                try (ArrowReader reader = connection.readPartition(partition)) {
                    rows(reader).forEach(row -> rows.add(row.getFirst()));
                }
            }
            assertThat(rows)
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.range(0, LakeServer.LINES).boxed().toList());
        }
    }

    @Test
    @ClientFeature(client = ADBC, feature = "options as headers")
    void optionsAreHeaders() throws Exception {
        try (AdbcDatabase lake =
                        open(Map.of(FlightSqlConnectionProperties.RPC_CALL_HEADER_PREFIX + "x-bowyer-schema", "lake"));
                AdbcConnection there = lake.connect()) {
            assertThat(query(there, "SELECT count(*) FROM lines")).containsExactly(List.of((long) LakeServer.LINES));
        }
    }

    @Test
    @ClientFeature(client = ADBC, feature = "client goes away")
    void closingInTheMiddleOfRowsStopsTheWork() throws Exception {
        try (AdbcStatement statement = statement(LakeServer.MANY_ROWS);
                AdbcStatement.QueryResult result = statement.executeQuery()) {
            assertThat(result.getReader().loadNextBatch()).isTrue();
        }
        LakeServer.assertWorkStops();
    }

    @Test
    @ClientFeature(client = ADBC, feature = "updates are refused")
    void updatesAreRefusedWithoutAWait() throws Exception {
        try (AdbcStatement statement = statement("INSERT INTO numbers VALUES (1, 'x')")) {
            assertThatThrownBy(statement::executeUpdate).hasStackTraceContaining("STATEMENT_NOT_ALLOWED");
        }
    }

    @Test
    @ClientFeature(client = ADBC, feature = "ingestion is refused")
    void ingestionIsRefused() throws Exception {
        try (AdbcStatement statement = connection.bulkIngest("fresh", BulkIngestMode.CREATE);
                BigIntVector n = new BigIntVector("n", memory);
                VectorSchemaRoot row = VectorSchemaRoot.of(n)) {
            n.setSafe(0, 1);
            row.setRowCount(1);
            statement.bind(row);
            assertThatThrownBy(statement::executeUpdate).hasStackTraceContaining("STATEMENT_NOT_ALLOWED");
        }
    }

    private String objects(GetObjectsDepth depth) throws Exception {
        try (ArrowReader reader = connection.getObjects(depth, null, null, null, null, null)) {
            return rows(reader).toString();
        }
    }

    private AdbcStatement statement(String sql) throws AdbcException {
        AdbcStatement statement = connection.createStatement();
        statement.setSqlQuery(sql);
        return statement;
    }

    private static List<List<@Nullable Object>> query(AdbcConnection connection, String sql) throws Exception {
        try (AdbcStatement statement = connection.createStatement()) {
            statement.setSqlQuery(sql);
            return rows(statement);
        }
    }

    private static List<List<@Nullable Object>> rows(AdbcStatement statement) throws Exception {
        try (AdbcStatement.QueryResult result = statement.executeQuery()) {
            return rows(result.getReader());
        }
    }

    private static List<List<@Nullable Object>> rows(ArrowReader reader) throws Exception {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        VectorSchemaRoot root = reader.getVectorSchemaRoot();
        while (reader.loadNextBatch()) {
            for (int row = 0; row < root.getRowCount(); row++) {
                List<@Nullable Object> values = new ArrayList<>();
                for (FieldVector column : root.getFieldVectors()) {
                    Object value = column.getObject(row);
                    values.add(value == null || value instanceof Number ? value : value.toString());
                }
                rows.add(values);
            }
        }
        return rows;
    }

    private static void assertFails(AdbcStatusCode status, String message, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        AdbcException.class, e -> assertThat(e.getStatus()).isEqualTo(status))
                .hasStackTraceContaining(message);
    }
}
