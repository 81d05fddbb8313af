package dev.bowyer.flight.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.dataset.Catalog;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.dataset.Source;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.DecodedBatch;
import dev.bowyer.engine.ScriptedEngine;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.flight.command.SqlCommand.GetCatalogs;
import dev.bowyer.flight.command.SqlCommand.GetDbSchemas;
import dev.bowyer.flight.command.SqlCommand.GetForeignKeys;
import dev.bowyer.flight.command.SqlCommand.GetPrimaryKeys;
import dev.bowyer.flight.command.SqlCommand.GetSqlInfo;
import dev.bowyer.flight.command.SqlCommand.GetTableTypes;
import dev.bowyer.flight.command.SqlCommand.GetTables;
import dev.bowyer.flight.command.SqlCommand.GetXdbcTypeInfo;
import dev.bowyer.flight.wire.RootStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlInfo;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SqlMetadataTest {
    /// In the order of their listing.
    private static final List<String> TABLES =
            List.of("50%", "Trips", "a\"b", "a.b", "a\\b", "b_c", "bxc", "trips", "ünï", "日本", "🚲");

    private final BufferAllocator allocator = new RootAllocator();
    private final ScriptedEngine engine = new ScriptedEngine();
    private final Catalog catalog = new Catalog(engine);
    private final SqlMetadata metadata = new SqlMetadata(catalog, allocator, "1.2.3");

    @AfterEach
    void close() {
        engine.close();
        assertThat(allocator.getAllocatedMemory()).isZero();
        allocator.close();
    }

    /// As the text of Flight SQL has them, but for the two columns that every implementation swaps.
    @Test
    void schemasAreThoseOfFlightSql() {
        String tables =
                "catalog_name: Utf8, db_schema_name: Utf8, table_name: Utf8 not null, table_type: Utf8 not null";
        assertThat(schema(new GetCatalogs())).isEqualTo("Schema<catalog_name: Utf8 not null>");
        assertThat(schema(new GetDbSchemas(null, null)))
                .isEqualTo("Schema<catalog_name: Utf8, db_schema_name: Utf8 not null>");
        assertThat(schema(new GetTables(null, null, null, List.of(), false))).isEqualTo("Schema<" + tables + ">");
        assertThat(schema(new GetTables(null, null, null, List.of(), true)))
                .isEqualTo("Schema<" + tables + ", table_schema: Binary not null>");
        assertThat(schema(new GetTableTypes())).isEqualTo("Schema<table_type: Utf8 not null>");
        assertThat(schema(new GetPrimaryKeys()))
                .isEqualTo("Schema<catalog_name: Utf8, db_schema_name: Utf8, table_name: Utf8 not null,"
                        + " column_name: Utf8 not null, key_sequence: Int(32, true) not null, key_name: Utf8>");
        assertThat(schema(new GetForeignKeys("CommandGetImportedKeys")))
                .isEqualTo("Schema<pk_catalog_name: Utf8, pk_db_schema_name: Utf8, pk_table_name: Utf8 not null,"
                        + " pk_column_name: Utf8 not null, fk_catalog_name: Utf8, fk_db_schema_name: Utf8,"
                        + " fk_table_name: Utf8 not null, fk_column_name: Utf8 not null,"
                        + " key_sequence: Int(32, true) not null, fk_key_name: Utf8, pk_key_name: Utf8,"
                        + " update_rule: Int(8, false) not null, delete_rule: Int(8, false) not null>");
        assertThat(answer(new GetForeignKeys("CommandGetExportedKeys")).schema())
                .isEqualTo(Schemas.GET_EXPORTED_KEYS_SCHEMA)
                .isEqualTo(Schemas.GET_IMPORTED_KEYS_SCHEMA)
                .isEqualTo(Schemas.GET_CROSS_REFERENCE_SCHEMA);
        assertThat(schema(new GetSqlInfo(List.of())))
                .isEqualTo("Schema<info_name: Int(32, false) not null, value: Union(Dense, [0, 1, 2, 3, 4, 5])"
                        + "<string_value: Utf8 not null, bool_value: Bool not null, bigint_value: Int(64, true) not"
                        + " null, int32_bitmask: Int(32, true) not null, string_list: List<item: Utf8> not null,"
                        + " int32_to_int32_list_map: Map(false)<entries: Struct<key: Int(32, true) not null,"
                        + " value: List<item: Int(32, true)>> not null> not null> not null>")
                .isEqualTo(Schemas.GET_SQL_INFO_SCHEMA.toString());
        assertThat(answer(new GetXdbcTypeInfo(null)).schema()).isEqualTo(Schemas.GET_TYPE_INFO_SCHEMA);
    }

    @Test
    void anEmptyServerListsItsCatalogAlone() {
        assertThat(rows(new GetCatalogs())).containsExactly("bowyer");
        assertThat(rows(new GetTableTypes())).containsExactly("TABLE");
        assertThat(rows(new GetDbSchemas(null, null))).isEmpty();
        assertThat(rows(new GetTables(null, null, null, List.of(), true))).isEmpty();
        assertThat(rows(new GetPrimaryKeys())).isEmpty();
        assertThat(rows(new GetForeignKeys("CommandGetImportedKeys"))).isEmpty();
    }

    @Test
    void rowsAreSortedBySchemaAndTable() {
        register("b.a", "public.z", "a.z", "A.z", "a.b", "a.B");
        assertThat(rows(new GetDbSchemas(null, null)))
                .containsExactly("bowyer|A", "bowyer|a", "bowyer|b", "bowyer|public");
        assertThat(rows(new GetTables(null, null, null, List.of(), false)))
                .containsExactly(
                        "bowyer|A|z|TABLE",
                        "bowyer|a|B|TABLE",
                        "bowyer|a|b|TABLE",
                        "bowyer|a|z|TABLE",
                        "bowyer|b|a|TABLE",
                        "bowyer|public|z|TABLE");
    }

    @Test
    void aCatalogIsNamedExactlyAndASchemaByItsPattern() {
        register("lake.a", "lane.b", "l_ke.c");
        assertThat(rows(new GetDbSchemas("bowyer", "la%"))).containsExactly("bowyer|lake", "bowyer|lane");
        assertThat(rows(new GetDbSchemas("bowyer", "l\\_ke"))).containsExactly("bowyer|l_ke");
        assertThat(rows(new GetDbSchemas("bowyer", ""))).hasSize(3);
        assertThat(rows(new GetDbSchemas("b%", null))).isEmpty();
        assertThat(rows(new GetDbSchemas("BOWYER", null))).isEmpty();
        assertThat(rows(new GetDbSchemas("", null))).isEmpty();
        assertThat(rows(new GetTables("", null, null, List.of(), false))).isEmpty();
        assertThat(rows(new GetTables("bowyer", "lan_", null, List.of(), false)))
                .containsExactly("bowyer|lane|b|TABLE");
        assertThat(rows(new GetTables("bowyer", "", "c", List.of(), false))).containsExactly("bowyer|l_ke|c|TABLE");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '!', quoteCharacter = '`', textBlock = """
            %         ! 50% Trips a"b a.b a\\b b_c bxc trips ünï 日本 🚲
            b_c       ! b_c bxc
            b\\_c     ! b_c
            50\\%     ! 50%
            50%       ! 50%
            \\%       !
            a\\\\b    ! a\\b
            a\\b      !
            a_b       ! a"b a.b a\\b
            a"b       ! a"b
            a.b       ! a.b
            trips     ! trips
            Trips     ! Trips
            TRIPS     !
            %rips     ! Trips trips
            ünï       ! ünï
            ___       ! 50% a"b a.b a\\b b_c bxc ünï
            __        ! 日本
            _         ! 🚲
            ' OR 1=1  !
            .*        !
            \\        !
            """)
    void aPatternMatchesAsLikeDoes(String pattern, @Nullable String tables) {
        TABLES.forEach(this::registerTable);
        assertThat(tables(pattern)).isEqualTo(tables == null ? List.of() : List.of(tables.split(" ")));
    }

    @Test
    void anEmptyPatternMatchesNoTable() {
        TABLES.forEach(this::registerTable);
        assertThat(tables("")).isEmpty();
        assertThat(tables(null)).isEqualTo(TABLES);
    }

    @Test
    void aPatternIsNoLongerThanItsLimit() {
        registerTable("a");
        assertThat(tables("%".repeat(LikePattern.MAX_LENGTH))).containsExactly("a");
        assertThatThrownBy(() -> tables("%".repeat(LikePattern.MAX_LENGTH + 1)))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("1025")
                .hasMessageContaining("1024");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TABLE", "table", "Base Table", "BASE TABLE"})
    void aTableIsATableInAnySpelling(String type) {
        registerTable("a");
        assertThat(rows(new GetTables(null, null, null, List.of("VIEW", type), false)))
                .containsExactly("bowyer|public|a|TABLE");
    }

    @ParameterizedTest
    @ValueSource(strings = {"VIEW", "SYSTEM TABLE", "", "TABL", "TABLE "})
    void nothingIsOfAnotherType(String type) {
        registerTable("a");
        assertThat(rows(new GetTables(null, null, null, List.of(type), false))).isEmpty();
    }

    @Test
    void aTableSchemaIsAStreamWithoutRows() throws IOException {
        registerTable("a");
        List<byte[]> schemas = new ArrayList<>();
        messages(new GetTables(null, null, null, List.of(), true), root -> {
            schemas.add(((VarBinaryVector) root.getVector("table_schema")).get(0));
        });
        try (ArrowStreamReader reader =
                new ArrowStreamReader(new ByteArrayInputStream(schemas.getFirst()), allocator)) {
            assertThat(reader.getVectorSchemaRoot().getSchema())
                    .isEqualTo(ColumnMetadata.describe(ScriptedEngine.SCHEMA, DatasetName.parse("a")));
            assertThat(reader.loadNextBatch()).isFalse();
        }
    }

    @Test
    void aLongListingIsDividedIntoMessages() {
        IntStream.range(0, 2_000).forEach(i -> registerTable("t" + i));
        List<Integer> counts = new ArrayList<>();
        messages(new GetTables(null, null, null, List.of(), true), root -> counts.add(root.getRowCount()));
        assertThat(counts).hasSizeGreaterThan(2);
        assertThat(counts.stream().mapToInt(Integer::intValue).sum()).isEqualTo(2_000);
    }

    /// The union's children as the drivers assert them: JDBC, ADBC and ODBC read each of these.
    @Test
    void sqlInfoIsCompleteAndTyped() {
        Map<Integer, Integer> children = new HashMap<>();
        messages(new GetSqlInfo(List.of()), root -> {
            DenseUnionVector values = (DenseUnionVector) root.getVector(1);
            for (int i = 0; i < root.getRowCount(); i++) {
                children.put((Integer) root.getVector(0).getObject(i), (int) values.getTypeId(i));
            }
        });
        Map<Integer, String> kinds = Stream.of(SqlInfo.values())
                .filter(info -> info != SqlInfo.UNRECOGNIZED)
                .filter(info -> !info.name().startsWith("FLIGHT_SQL_SERVER_SUBSTRAIT_"))
                .collect(Collectors.toMap(SqlInfo::getNumber, SqlInfo::name));
        assertThat(children.keySet()).isEqualTo(kinds.keySet());
        kinds.forEach((id, name) -> assertThat(children.get(id)).as(name).isEqualTo(child(name)));
    }

    @Test
    void unknownAndRepeatedInfosAreLeftOut() {
        assertThat(rows(new GetSqlInfo(List.of(3, 99_999, 0, 3, -1)))).containsExactly("0|Bowyer", "3|true");
        assertThat(rows(new GetSqlInfo(List.of(99_999)))).isEmpty();
    }

    private static int child(String name) {
        return switch (name) {
            case "FLIGHT_SQL_SERVER_NAME",
                    "FLIGHT_SQL_SERVER_VERSION",
                    "FLIGHT_SQL_SERVER_ARROW_VERSION",
                    "SQL_IDENTIFIER_QUOTE_CHAR",
                    "SQL_SEARCH_STRING_ESCAPE",
                    "SQL_EXTRA_NAME_CHARACTERS",
                    "SQL_SCHEMA_TERM",
                    "SQL_CATALOG_TERM",
                    "SQL_PROCEDURE_TERM" -> 0;
            case "SQL_IDENTIFIER_CASE",
                    "SQL_QUOTED_IDENTIFIER_CASE",
                    "SQL_NULL_ORDERING",
                    "SQL_DB_SCHEMA_NAME_LENGTH",
                    "SQL_DEFAULT_TRANSACTION_ISOLATION" -> 2;
            case "SQL_MAX_ROW_SIZE_INCLUDES_BLOBS" -> 1;
            case "FLIGHT_SQL_SERVER_TRANSACTION",
                    "FLIGHT_SQL_SERVER_STATEMENT_TIMEOUT",
                    "FLIGHT_SQL_SERVER_TRANSACTION_TIMEOUT",
                    "SQL_SUPPORTED_GROUP_BY",
                    "SQL_SUPPORTED_GRAMMAR",
                    "SQL_ANSI92_SUPPORTED_LEVEL",
                    "SQL_OUTER_JOINS_SUPPORT_LEVEL",
                    "SQL_SCHEMAS_SUPPORTED_ACTIONS",
                    "SQL_CATALOGS_SUPPORTED_ACTIONS",
                    "SQL_SUPPORTED_POSITIONED_COMMANDS",
                    "SQL_SUPPORTED_SUBQUERIES",
                    "SQL_SUPPORTED_UNIONS",
                    "SQL_SUPPORTED_TRANSACTIONS_ISOLATION_LEVELS",
                    "SQL_SUPPORTED_RESULT_SET_TYPES" -> 3;
            case "SQL_KEYWORDS" -> 4;
            case "SQL_SUPPORTS_CONVERT" -> 5;
            default -> {
                int listOrFlag = name.endsWith("_FUNCTIONS") ? 4 : 1;
                int other = name.startsWith("SQL_MAX_") ? 2 : listOrFlag;
                yield name.startsWith("SQL_SUPPORTED_CONCURRENCIES_") ? 3 : other;
            }
        };
    }

    /// Arrow's vectors share one empty buffer, with one index that it is written at, among all threads.
    @Test
    void answersToManyAtATimeAreWhole() {
        register("trips");
        List<SqlCommand.Metadata> commands = List.of(
                new GetSqlInfo(List.of()),
                new GetSqlInfo(List.of(SqlInfo.FLIGHT_SQL_SERVER_NAME.getNumber())),
                new GetXdbcTypeInfo(null),
                new GetTables(null, null, null, List.of(), false));
        List<List<String>> expected = commands.stream().map(this::rows).toList();
        IntStream.range(0, 4_000).parallel().forEach(number -> {
            int command = number % commands.size();
            assertThat(rows(commands.get(command))).isEqualTo(expected.get(command));
        });
    }

    private void register(String... names) {
        for (String name : names) {
            register(DatasetName.parse(name));
        }
    }

    private void registerTable(String table) {
        register(new DatasetName(DatasetName.DEFAULT_NAMESPACE, table));
    }

    private void register(DatasetName name) {
        catalog.register(name, new Source.Files("/nowhere", null, null, Source.CsvOptions.DEFAULT));
    }

    private List<String> tables(@Nullable String pattern) {
        return rows(new GetTables(null, null, pattern, List.of("TABLE"), false)).stream()
                .map(row -> row.substring("bowyer|public|".length(), row.length() - "|TABLE".length()))
                .toList();
    }

    private RootStream<?> answer(SqlCommand.Metadata command) {
        return metadata.answer(command);
    }

    private String schema(SqlCommand.Metadata command) {
        Schema schema = answer(command).schema();
        assertThat(schema.getFields())
                .allSatisfy(field -> assertThat(field.getMetadata()).isEmpty());
        return schema.toString();
    }

    private void messages(SqlCommand.Metadata command, Consumer<VectorSchemaRoot> look) {
        try (RootStream<?> stream = answer(command)) {
            while (stream.next() instanceof BatchStream.Message message) {
                DecodedBatch.of(message, stream.schema(), root -> {
                    look.accept(root);
                    return root.getRowCount();
                });
                message.release();
            }
        }
    }

    /// The values of each row, `|` between them.
    private List<String> rows(SqlCommand.Metadata command) {
        List<String> rows = new ArrayList<>();
        messages(command, root -> {
            for (int i = 0; i < root.getRowCount(); i++) {
                int row = i;
                rows.add(root.getFieldVectors().stream()
                        .map(vector -> String.valueOf(vector.getObject(row)))
                        .collect(Collectors.joining("|")));
            }
        });
        return rows;
    }
}
