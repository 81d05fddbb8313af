package dev.bowyer.clients;

import static dev.bowyer.clients.FlightClients.JAVA;
import static dev.bowyer.clients.FlightClients.assertStatus;
import static dev.bowyer.clients.FlightClients.header;
import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.engine.ParameterRow;
import java.io.ByteArrayInputStream;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.arrow.flight.CloseSessionRequest;
import org.apache.arrow.flight.CloseSessionResult;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.GetSessionOptionsRequest;
import org.apache.arrow.flight.SessionOptionValue;
import org.apache.arrow.flight.SessionOptionValueFactory;
import org.apache.arrow.flight.SetSessionOptionsRequest;
import org.apache.arrow.flight.SetSessionOptionsResult.ErrorValue;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.ExecuteIngestOptions;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableExistsOption;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions.TableNotExistOption;
import org.apache.arrow.flight.sql.util.TableRef;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Flight SQL with arrow-java's own client.
@SuppressWarnings("try") // Arrow's clients say that closing them may be interrupted.
final class FlightSqlClientTest {
    private static final int RUNS = 100;

    @TempDir
    private static Path folder;

    private static LakeServer server;
    private FlightClients clients;
    private FlightSqlClient sql;

    @BeforeAll
    static void startServer() {
        server = LakeServer.start(folder);
    }

    @AfterAll
    static void closeServer() {
        server.close();
    }

    @BeforeEach
    void connect() {
        clients = FlightClients.withCookies(server);
        sql = clients.sql();
    }

    @AfterEach
    void disconnect() throws Exception {
        clients.close();
    }

    @Test
    @ClientFeature(client = JAVA, feature = "queries")
    void aQueryGivesItsRows() throws Exception {
        assertThat(clients.rows(sql.execute("SELECT n, name FROM numbers ORDER BY n LIMIT 2")))
                .containsExactly(List.of(0L, "even"), List.of(1L, "odd"));
        assertThat(clients.rows(sql.execute("SELECT n FROM numbers WHERE n < 0")))
                .isEmpty();
    }

    @Test
    @ClientFeature(client = JAVA, feature = "schema of a query")
    void theSchemaIsKnownWithoutARun() {
        String query = "SELECT n, name FROM numbers";
        assertThat(sql.getExecuteSchema(query).getSchema())
                .isEqualTo(sql.execute(query).getSchemaOptional().orElseThrow());
    }

    @Test
    @ClientFeature(client = JAVA, feature = "errors")
    void errorsHaveTheirCodeAndText() {
        assertStatus(FlightStatusCode.INVALID_ARGUMENT, "UNKNOWN_COLUMN", () -> sql.execute("SELECT m FROM numbers"));
        assertStatus(
                FlightStatusCode.NOT_FOUND, "did you mean \"numbers\"?", () -> sql.execute("SELECT 1 FROM nmbers"));
        assertStatus(FlightStatusCode.INVALID_ARGUMENT, "INVALID_SQL", () -> sql.prepare("SELEC 1"));
    }

    @Test
    @ClientFeature(client = JAVA, feature = "catalogs, schemas, tables, keys, type info and SQL info")
    void metadataHasItsExactSchemas() throws Exception {
        TableRef table = TableRef.of(null, null, "numbers");
        assertMetadata(Schemas.GET_CATALOGS_SCHEMA, sql.getCatalogsSchema().getSchema(), sql.getCatalogs(), 1);
        assertMetadata(Schemas.GET_SCHEMAS_SCHEMA, sql.getSchemasSchema().getSchema(), sql.getSchemas(null, "l%"), 1);
        assertMetadata(
                Schemas.GET_TABLES_SCHEMA_NO_SCHEMA,
                sql.getTablesSchema(false).getSchema(),
                sql.getTables("bowyer", "lake", null, List.of("BASE TABLE", "table"), false),
                1);
        assertMetadata(
                Schemas.GET_TABLES_SCHEMA,
                sql.getTablesSchema(true).getSchema(),
                sql.getTables(null, null, "num%", null, true),
                1);
        assertMetadata(
                Schemas.GET_PRIMARY_KEYS_SCHEMA, sql.getPrimaryKeysSchema().getSchema(), sql.getPrimaryKeys(table), 0);
        assertMetadata(
                Schemas.GET_IMPORTED_KEYS_SCHEMA,
                sql.getImportedKeysSchema().getSchema(),
                sql.getImportedKeys(table),
                0);
        assertMetadata(
                Schemas.GET_EXPORTED_KEYS_SCHEMA,
                sql.getExportedKeysSchema().getSchema(),
                sql.getExportedKeys(table),
                0);
        assertMetadata(
                Schemas.GET_CROSS_REFERENCE_SCHEMA,
                sql.getCrossReferenceSchema().getSchema(),
                sql.getCrossReference(table, table),
                0);
        assertMetadata(
                Schemas.GET_TYPE_INFO_SCHEMA, sql.getXdbcTypeInfoSchema().getSchema(), sql.getXdbcTypeInfo(), null);
        assertMetadata(
                Schemas.GET_TABLE_TYPES_SCHEMA, sql.getTableTypesSchema().getSchema(), sql.getTableTypes(), null);
        assertMetadata(
                Schemas.GET_SQL_INFO_SCHEMA, sql.getSqlInfoSchema().getSchema(), sql.getSqlInfo(new int[] {0, 8}), 2);
    }

    private void assertMetadata(Schema expected, Schema told, FlightInfo info, @Nullable Integer rows)
            throws Exception {
        assertThat(told).isEqualTo(expected);
        assertThat(info.getSchemaOptional()).contains(expected);
        List<List<@Nullable Object>> answer = clients.rows(info);
        if (rows != null) {
            assertThat(answer).hasSize(rows);
        } else {
            assertThat(answer).isNotEmpty();
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "prepared statements")
    void aPreparedStatementTellsItsSchemasAndRunsAgain() throws Exception {
        try (var statement = sql.prepare("SELECT n FROM numbers WHERE n < 3 ORDER BY n")) {
            assertThat(statement.getParameterSchema().getFields()).isEmpty();
            assertThat(statement.fetchSchema().getSchema()).isEqualTo(statement.getResultSetSchema());
            for (int run = 0; run < 3; run++) {
                assertThat(clients.column(statement.execute())).containsExactly(0L, 1L, 2L);
            }
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "binding again")
    void oneStatementTakesManyValues() throws Exception {
        try (var statement = sql.prepare("SELECT n FROM numbers WHERE n = ? AND name = ?")) {
            assertThat(statement.getParameterSchema().getFields()).hasSize(2);
            for (long run = 0; run < RUNS; run++) {
                assertThat(bound(statement, run, "odd")).isEqualTo(run % 2 == 0 ? List.of() : List.of(run));
            }
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "parameters of other types")
    void valuesAreCastToTheParameters() throws Exception {
        try (var statement = sql.prepare("SELECT n FROM numbers WHERE n = ? AND name = ?")) {
            assertThat(bound(statement, 7, "odd")).containsExactly(7L);
            assertThat(bound(statement, new BigDecimal("7.0"), "odd")).containsExactly(7L);
            assertThat(bound(statement, null, "odd")).isEmpty();
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "wrong parameters are refused")
    void valuesThatDoNotFitAreRefused() throws Exception {
        try (var statement = sql.prepare("SELECT n FROM numbers WHERE n = ? AND name = ?")) {
            assertStatus(FlightStatusCode.INVALID_ARGUMENT, "1", () -> bound(statement, 7L));
            assertStatus(FlightStatusCode.INVALID_ARGUMENT, "seven", () -> bound(statement, "seven", "odd"));
            assertStatus(FlightStatusCode.INVALID_ARGUMENT, "1.5", () -> bound(statement, 1.5, "odd"));
        }
        try (var statement = sql.prepare("SELECT n FROM numbers WHERE n = ?")) {
            assertStatus(FlightStatusCode.INVALID_ARGUMENT, "", statement::execute);
        }
    }

    private List<@Nullable Object> bound(FlightSqlClient.PreparedStatement statement, @Nullable Object... values)
            throws Exception {
        try (ArrowStreamReader reader =
                new ArrowStreamReader(new ByteArrayInputStream(ParameterRow.of(values)), clients.memory())) {
            VectorSchemaRoot row = reader.getVectorSchemaRoot();
            assertThat(reader.loadNextBatch()).isTrue();
            statement.setParameters(row);
            try {
                return clients.column(statement.execute());
            } finally {
                statement.clearParameters();
            }
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "session options")
    void optionsLiveInACookie() throws Exception {
        assertThat(set(Map.of("schema", "lake", "wire", "native"))).isEmpty();
        assertThat(option("schema")).isEqualTo("\"lake\"");
        FlightInfo info = sql.execute("SELECT n FROM lines WHERE n = 5");
        assertThat(clients.column(info)).containsExactly(5L);

        assertThat(set(Map.of("shema", "lake"))).containsExactly(Map.entry("shema", ErrorValue.INVALID_NAME));
        assertThat(set(Map.of("schema", "laek"))).containsExactly(Map.entry("schema", ErrorValue.INVALID_VALUE));
        assertThat(option("schema")).isEqualTo("\"lake\"");

        var erase =
                new SetSessionOptionsRequest(Map.of("schema", SessionOptionValueFactory.makeEmptySessionOptionValue()));
        assertThat(sql.setSessionOptions(erase).hasErrors()).isFalse();
        assertThat(option("schema")).isEqualTo("\"public\"");

        assertThat(sql.closeSession(new CloseSessionRequest()).getStatus()).isEqualTo(CloseSessionResult.Status.CLOSED);
    }

    @Test
    @ClientFeature(client = JAVA, feature = "session options without cookies are refused")
    void optionsNeedSomethingToLiveIn() throws Exception {
        try (FlightClients forgetful = FlightClients.of(server)) {
            var set = new SetSessionOptionsRequest(
                    Map.of("schema", SessionOptionValueFactory.makeSessionOptionValue("lake")));
            forgetful.sql().execute("SELECT 1");
            assertStatus(
                    FlightStatusCode.UNIMPLEMENTED,
                    "cookie",
                    () -> forgetful.sql().setSessionOptions(set));
        }
    }

    private Map<String, ErrorValue> set(Map<String, String> options) {
        Map<String, SessionOptionValue> values = new HashMap<>();
        options.forEach((name, value) -> values.put(name, SessionOptionValueFactory.makeSessionOptionValue(value)));
        Map<String, ErrorValue> errors = new HashMap<>();
        sql.setSessionOptions(new SetSessionOptionsRequest(values))
                .getErrors()
                .forEach((name, error) -> errors.put(name, error.value));
        return errors;
    }

    private @Nullable String option(String name) {
        var value = sql.getSessionOptions(new GetSessionOptionsRequest())
                .getSessionOptions()
                .get(name);
        return value == null ? null : value.toString();
    }

    @Test
    @ClientFeature(client = JAVA, feature = "options as headers")
    void optionsOfOneCallAreHeaders() throws Exception {
        var lake = header("x-bowyer-schema", "lake");
        assertThat(clients.rows(sql.execute("SELECT n FROM lines", lake))).hasSize(LakeServer.LINES);
        assertStatus(
                FlightStatusCode.INVALID_ARGUMENT,
                "x-bowyer-wire",
                () -> sql.execute("SELECT 1", header("x-bowyer-wire", "fast")));
        assertStatus(
                FlightStatusCode.INVALID_ARGUMENT,
                "x-bowyer-wired",
                () -> sql.execute("SELECT 1", header("x-bowyer-wired", "native")));
    }

    @Test
    @ClientFeature(client = JAVA, feature = "native types")
    void nativeTypesComeOnWish() throws Exception {
        String query = "SELECT arrow_cast('text', 'Utf8View') AS v, arrow_cast(7, 'UInt8') AS u";
        FlightInfo info = sql.execute(query, header("x-bowyer-wire", "native"));
        assertThat(info.getSchemaOptional().orElseThrow().getFields())
                .extracting(field -> field.getType().toString())
                .containsExactly("Utf8View", "Int(8, false)");
        assertThat(clients.rows(info)).containsExactly(List.of("text", (byte) 7));
    }

    @Test
    @ClientFeature(client = JAVA, feature = "dictionaries")
    void dictionariesComeOnWish() throws Exception {
        String query = "SELECT arrow_cast(name, 'Dictionary(Int32, Utf8)') AS d FROM numbers WHERE n < 4";
        FlightInfo info = sql.execute(query, header("x-bowyer-wire", "native"));
        try (FlightStream stream = sql.getStream(info.getEndpoints().getFirst().getTicket())) {
            assertThat(stream.next()).isTrue();
            FieldVector indices = stream.getRoot().getVector("d");
            long id = indices.getField().getDictionary().getId();
            try (ValueVector words = DictionaryEncoder.decode(
                    indices, stream.getDictionaryProvider().lookup(id))) {
                List<String> read = IntStream.range(0, words.getValueCount())
                        .mapToObj(row -> String.valueOf(words.getObject(row)))
                        .toList();
                assertThat(read).containsExactly("even", "odd", "even", "odd");
            }
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "updates are refused")
    void updatesAreRefusedWithoutAWait() {
        assertStatus(
                FlightStatusCode.UNAUTHORIZED,
                "STATEMENT_NOT_ALLOWED",
                () -> sql.executeUpdate("INSERT INTO numbers VALUES (1, 'x')"));
    }

    @Test
    @ClientFeature(client = JAVA, feature = "ingestion is refused")
    void ingestionIsRefused() throws Exception {
        var options = new ExecuteIngestOptions(
                "fresh",
                TableDefinitionOptions.newBuilder()
                        .setIfExists(TableExistsOption.TABLE_EXISTS_OPTION_FAIL)
                        .setIfNotExist(TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE)
                        .build(),
                null,
                null,
                Map.of());
        try (ArrowStreamReader rows =
                new ArrowStreamReader(new ByteArrayInputStream(ParameterRow.rows(3, 1L)), clients.memory())) {
            assertStatus(FlightStatusCode.UNIMPLEMENTED, "fresh", () -> sql.executeIngest(rows, options));
        }
    }

    @Test
    @ClientFeature(client = JAVA, feature = "transactions", works = false, note = "not offered; there are no updates")
    void transactionsAreRefused() {
        assertStatus(FlightStatusCode.UNIMPLEMENTED, "BeginTransaction", () -> sql.beginTransaction());
    }
}
