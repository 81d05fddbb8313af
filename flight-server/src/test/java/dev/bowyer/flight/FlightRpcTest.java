package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.engine.ScriptedEngine;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.Action;
import org.apache.arrow.flight.ActionType;
import org.apache.arrow.flight.AsyncPutListener;
import org.apache.arrow.flight.Criteria;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.flight.sql.util.TableRef;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Flight and Flight SQL as the stock Java clients speak them.
@SuppressWarnings("try") // Arrow's clients say that closing them may be interrupted.
final class FlightRpcTest {
    private final ScriptedEngine engine = new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(2, 3));

    @AutoClose
    private final TestServer server = new TestServer(engine);

    private FlightClient client = server.connect();
    private FlightSqlClient sql = new FlightSqlClient(client);

    @BeforeEach
    void register() {
        server.register("trips", "trips.parquet");
        server.register("lake.Sea", "sea.parquet");
    }

    @AfterEach
    void disconnect() throws Exception {
        client.close();
    }

    @Test
    void aPathIsEchoedAndPlannedOnce() throws Exception {
        FlightDescriptor path = FlightDescriptor.path("public", "trips");
        FlightInfo info = client.getInfo(path);
        assertThat(info.getDescriptor()).isEqualTo(path);
        assertThat(info.getSchemaOptional().orElseThrow()).isEqualTo(TestServer.RESULT_SCHEMA);
        assertThat(info.getRecords()).isEqualTo(7);
        assertThat(info.getBytes()).isEqualTo(7 * Long.BYTES);
        assertThat(info.getEndpoints()).hasSize(1);
        assertThat(info.getEndpoints().getFirst().getLocations()).isEmpty();
        assertThat(rows(client.getStream(info.getEndpoints().getFirst().getTicket())))
                .hasSize(6);
        assertThat(engine.planned()).isEqualTo(1);
        assertThat(client.getSchema(path).getSchema()).isEqualTo(TestServer.RESULT_SCHEMA);
    }

    @Test
    void anAnnouncedPlanThatWasForgottenIsPlannedAgain() throws Exception {
        FlightInfo info = sql.execute("SELECT n FROM trips");
        server.queries().close();
        assertThat(rows(sql.getStream(info.getEndpoints().getFirst().getTicket())))
                .hasSize(6);
        assertThat(engine.planned()).isEqualTo(2);
    }

    @Test
    void theSizesAreThoseOfTheDataThatWasPlannedOver() {
        engine.whilePlanning(() -> {
            engine.replaceFiles(9);
            server.catalog().refresh(List.of(DatasetName.parse("trips")));
        });
        FlightInfo before = client.getInfo(FlightDescriptor.path("trips"));
        assertThat(before.getRecords()).isEqualTo(7);
        assertThat(before.getBytes()).isEqualTo(7 * Long.BYTES);
        assertThat(client.getInfo(FlightDescriptor.path("trips")).getRecords()).isEqualTo(9);
        assertThat(sql.execute("SELECT n FROM trips").getRecords()).isEqualTo(-1);
    }

    @Test
    void aStatementLooksAtTheFilesOfWhatItNames() {
        engine.replaceFiles(9);
        assertThat(sql.execute("SELECT n FROM trips").getEndpoints()).hasSize(1);
        assertThat(rowsOf("trips")).isEqualTo(9);
        assertThat(rowsOf("lake.Sea")).isEqualTo(7);
    }

    @Test
    void planningStaysOffTheEventLoops() {
        client.getInfo(FlightDescriptor.path("trips"));
        client.getSchema(FlightDescriptor.path("trips"));
        assertThat(engine.planners()).isNotEmpty().allMatch(thread -> thread.startsWith("bowyer-flight-rpc"));
    }

    @Test
    void anExchangeIsRefusedBeforeItsFirstMessage() {
        assertThat(server.status(FlightServiceGrpc.getDoExchangeMethod(), List.of(), false)
                        .getDescription())
                .contains("DoExchange");
    }

    @Test
    void listFlightsPlansNothing() throws Exception {
        List<FlightInfo> all = new ArrayList<>();
        client.listFlights(Criteria.ALL).forEach(all::add);
        assertThat(all)
                .extracting(info -> info.getDescriptor().getPath())
                .containsExactly(List.of("lake", "Sea"), List.of("trips"));
        assertThat(engine.planned()).isEqualTo(0);
        for (FlightInfo info : all) {
            assertThat(rows(client.getStream(info.getEndpoints().getFirst().getTicket())))
                    .hasSize(6);
        }
        List<FlightInfo> some = new ArrayList<>();
        client.listFlights(new Criteria("lake.".getBytes(StandardCharsets.UTF_8)))
                .forEach(some::add);
        assertThat(some).hasSize(1);
    }

    @Test
    void badTicketsAndDescriptorsAreTheClientsFault() {
        assertStatus(
                FlightStatusCode.NOT_FOUND,
                "trips",
                () -> rows(client.getStream(ticket("tripz".getBytes(StandardCharsets.UTF_8)))));
        assertStatus(
                FlightStatusCode.INVALID_ARGUMENT,
                "INVALID_TICKET",
                () -> rows(client.getStream(ticket(new byte[] {(byte) 0xFF, (byte) 0xFE}))));
        assertStatus(
                FlightStatusCode.NOT_FOUND, "a.b.c.d", () -> client.getInfo(FlightDescriptor.path("a", "b", "c", "d")));
        assertStatus(
                FlightStatusCode.INVALID_ARGUMENT,
                "Flight SQL",
                () -> client.getInfo(FlightDescriptor.command("SELECT 1".getBytes(StandardCharsets.UTF_8))));
        assertStatus(FlightStatusCode.INVALID_ARGUMENT, "INVALID_SQL", () -> sql.execute("SELECT bad"));
    }

    @Test
    void whatIsNotServedIsNamed() {
        assertStatus(
                FlightStatusCode.UNIMPLEMENTED,
                "CommandStatementSubstraitPlan",
                () -> client.getInfo(command(FlightSql.CommandStatementSubstraitPlan.getDefaultInstance())));
        assertStatus(
                FlightStatusCode.UNIMPLEMENTED,
                "BeginTransaction",
                () -> client.doAction(new Action("BeginTransaction")).next());
        assertStatus(
                FlightStatusCode.UNIMPLEMENTED,
                "CancelQuery",
                () -> client.doAction(new Action("CancelQueri")).next());
        assertStatus(
                FlightStatusCode.INVALID_ARGUMENT, "updates nothing", () -> sql.executeUpdate("SELECT n FROM trips"));
        assertThat(client.listActions()).extracting(ActionType::getType).contains("CreatePreparedStatement");
    }

    @Test
    void anUploadIsRefusedOnItsFirstMessage() {
        try (VectorSchemaRoot root = VectorSchemaRoot.create(ScriptedEngine.SCHEMA, server.clientMemory())) {
            AsyncPutListener listener = new AsyncPutListener();
            client.startPut(FlightDescriptor.path("new"), root, listener);
            assertStatus(FlightStatusCode.UNIMPLEMENTED, "\"new\"", listener::getResult);
        }
    }

    @Test
    void preparedStatementsWithoutParametersRunAgainAndAgain() throws Exception {
        try (FlightSqlClient.PreparedStatement statement = sql.prepare("SELECT n FROM trips")) {
            assertThat(statement.getResultSetSchema()).isEqualTo(TestServer.RESULT_SCHEMA);
            assertThat(statement.getParameterSchema().getFields()).isEmpty();
            assertThat(statement.fetchSchema().getSchema()).isEqualTo(TestServer.RESULT_SCHEMA);
            for (int i = 0; i < 2; i++) {
                FlightInfo info = statement.execute();
                assertThat(rows(sql.getStream(info.getEndpoints().getFirst().getTicket())))
                        .hasSize(6);
            }
        }
        try (FlightSqlClient.PreparedStatement statement = sql.prepare("SELECT n FROM trips WHERE n = $1")) {
            assertThat(statement.getParameterSchema().getFields()).hasSize(1);
            assertStatus(FlightStatusCode.INVALID_ARGUMENT, "1 parameter(s)", statement::execute);
        }
        assertStatus(FlightStatusCode.INVALID_ARGUMENT, "INVALID_SQL", () -> sql.prepare("SELECT bad"));
    }

    @Test
    void metadataCommandsHaveTheirExactSchemasAndOrder() throws Exception {
        assertThat(metadata(sql.getCatalogs())).containsExactly(List.of("bowyer"));
        assertThat(metadata(sql.getSchemas(null, null)))
                .containsExactly(List.of("bowyer", "lake"), List.of("bowyer", "public"));
        assertThat(metadata(sql.getSchemas("bowyer", "l%"))).containsExactly(List.of("bowyer", "lake"));
        assertThat(metadata(sql.getSchemas("", null))).isEmpty();
        assertThat(metadata(sql.getTableTypes())).containsExactly(List.of("TABLE"));
        assertThat(metadata(sql.getTables(null, null, "t_ips", List.of("base table"), false)))
                .containsExactly(List.of("bowyer", "public", "trips", "TABLE"));
        assertThat(metadata(sql.getTables(null, null, null, List.of("VIEW"), false)))
                .isEmpty();
        FlightInfo withSchema = sql.getTables(null, null, null, null, true);
        assertThat(withSchema.getSchemaOptional().orElseThrow()).isEqualTo(Schemas.GET_TABLES_SCHEMA);
        assertThat(metadata(withSchema)).hasSize(2);
        assertThat(metadata(sql.getPrimaryKeys(TableRef.of(null, null, "trips"))))
                .isEmpty();
        assertThat(metadata(sql.getExportedKeys(TableRef.of(null, null, "trips"))))
                .isEmpty();
        assertThat(metadata(sql.getImportedKeys(TableRef.of(null, null, "trips"))))
                .isEmpty();
        assertThat(metadata(sql.getCrossReference(TableRef.of(null, null, "a"), TableRef.of(null, null, "b"))))
                .isEmpty();
        assertThat(metadata(sql.getXdbcTypeInfo())).hasSize(13);
        assertThat(metadata(sql.getXdbcTypeInfo(-5))).hasSize(1);
    }

    @Test
    void sqlInfoHasEveryValueInItsChild() throws Exception {
        Map<Integer, Object> values = new HashMap<>();
        Map<Integer, Byte> children = new HashMap<>();
        FlightInfo info = sql.getSqlInfo(new int[0]);
        try (FlightStream stream = sql.getStream(info.getEndpoints().getFirst().getTicket())) {
            assertThat(stream.getSchema()).isEqualTo(Schemas.GET_SQL_INFO_SCHEMA);
            while (stream.next()) {
                UInt4Vector names = (UInt4Vector) stream.getRoot().getVector(0);
                DenseUnionVector union = (DenseUnionVector) stream.getRoot().getVector(1);
                for (int i = 0; i < stream.getRoot().getRowCount(); i++) {
                    values.put(names.get(i), union.getObject(i));
                    children.put(names.get(i), union.getTypeId(i));
                }
            }
        }
        assertThat(values).hasSize(FlightSql.SqlInfo.values().length - 3);
        assertThat(values.get(FlightSql.SqlInfo.FLIGHT_SQL_SERVER_NAME_VALUE)).hasToString("Bowyer");
        assertThat(values.get(FlightSql.SqlInfo.FLIGHT_SQL_SERVER_READ_ONLY_VALUE))
                .isEqualTo(true);
        assertThat(children.get(FlightSql.SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION_VALUE))
                .isEqualTo((byte) 3);
        assertThat(values.get(FlightSql.SqlInfo.SQL_KEYWORDS_VALUE)).asString().contains("QUALIFY");
        assertThat(values.get(FlightSql.SqlInfo.SQL_DATETIME_FUNCTIONS_VALUE))
                .asString()
                .contains("date_bin")
                .doesNotContain("abs");
        assertThat(values.get(FlightSql.SqlInfo.SQL_SUPPORTS_CONVERT_VALUE))
                .asString()
                .contains("[");
        assertThat(metadata(sql.getSqlInfo(new int[] {0, 2, 3, 504, 99_999}))).hasSize(4);
    }

    private long rowsOf(String dataset) {
        return server.catalog()
                .current()
                .require(DatasetName.parse(dataset))
                .table()
                .rows()
                .orElseThrow();
    }

    private List<List<String>> metadata(FlightInfo info) throws Exception {
        try (FlightStream stream = sql.getStream(info.getEndpoints().getFirst().getTicket())) {
            assertThat(stream.getSchema()).isEqualTo(info.getSchemaOptional().orElseThrow());
            return rows(stream);
        }
    }

    private static List<List<String>> rows(FlightStream stream) throws Exception {
        try (stream) {
            List<List<String>> rows = new ArrayList<>();
            while (stream.next()) {
                List<FieldVector> columns = stream.getRoot().getFieldVectors();
                for (int i = 0; i < stream.getRoot().getRowCount(); i++) {
                    int row = i;
                    rows.add(columns.stream()
                            .map(column -> String.valueOf(column.getObject(row)))
                            .toList());
                }
            }
            return rows;
        }
    }

    private static Ticket ticket(byte[] bytes) {
        return new Ticket(bytes);
    }

    private static FlightDescriptor command(Message message) {
        return FlightDescriptor.command(Any.pack(message).toByteArray());
    }

    private static void assertStatus(FlightStatusCode code, String text, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        FlightRuntimeException.class,
                        e -> assertThat(e.status().code()).isEqualTo(code))
                .hasMessageContaining(text);
    }
}
