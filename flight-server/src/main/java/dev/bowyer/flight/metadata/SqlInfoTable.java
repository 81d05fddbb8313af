package dev.bowyer.flight.metadata;

import dev.bowyer.access.Authenticator;
import dev.bowyer.dataset.DatasetName;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.flight.metadata.SqlInfoValue.Bigint;
import dev.bowyer.flight.metadata.SqlInfoValue.Conversions;
import dev.bowyer.flight.metadata.SqlInfoValue.Flag;
import dev.bowyer.flight.metadata.SqlInfoValue.Int32;
import dev.bowyer.flight.metadata.SqlInfoValue.Text;
import dev.bowyer.flight.metadata.SqlInfoValue.Texts;
import dev.bowyer.flight.wire.RootStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlInfo;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlNullOrdering;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedCaseSensitivity;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlSupportedTransaction;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.DenseUnionVector;

/// The answers to GetSqlInfo. Complete, because the JDBC driver fails on the first missing one: every
/// [SqlInfo] has a value here, except the versions of Substrait, which Flight SQL leaves out where Substrait
/// is not served.
final class SqlInfoTable {
    /// The version of the Arrow columnar format that is written.
    static final String ARROW_FORMAT_VERSION = "1.5";
    /// "Unlimited or unknown", for a `SQL_MAX_*` without a limit of its own: other limits, such as that of the
    /// statement, come first.
    private static final long UNLIMITED = 0;
    /// About how many bytes a row takes; the whole table fits one message many times over.
    private static final int ROW_BYTES = 64;

    private final NavigableMap<Integer, SqlInfoValue> values = new TreeMap<>();

    /// @param serverVersion the version of this server
    SqlInfoTable(String serverVersion) {
        addServer(serverVersion);
        addNames();
        addFeatures();
        addNumbers();
        addBitmasks();
        put(SqlInfo.SQL_KEYWORDS, new Texts(SqlVocabulary.KEYWORDS));
        put(SqlInfo.SQL_NUMERIC_FUNCTIONS, new Texts(SqlVocabulary.NUMERIC_FUNCTIONS));
        put(SqlInfo.SQL_STRING_FUNCTIONS, new Texts(SqlVocabulary.STRING_FUNCTIONS));
        put(SqlInfo.SQL_SYSTEM_FUNCTIONS, new Texts(SqlVocabulary.SYSTEM_FUNCTIONS));
        put(SqlInfo.SQL_DATETIME_FUNCTIONS, new Texts(SqlVocabulary.DATETIME_FUNCTIONS));
        put(SqlInfo.SQL_SUPPORTS_CONVERT, new Conversions(SqlVocabulary.CONVERSIONS));
    }

    /// @param ids empty: all; unknown ones are left out
    RootStream<?> select(BufferAllocator allocator, List<Integer> ids) {
        Collection<Integer> wanted = ids.isEmpty() ? values.keySet() : new TreeSet<>(ids);
        List<Row> rows = new ArrayList<>();
        int[] childRows = new int[Byte.MAX_VALUE];
        for (int id : wanted) {
            SqlInfoValue value = values.get(id);
            if (value != null) {
                rows.add(new Row(id, value, childRows[value.child()]));
                childRows[value.child()]++;
            }
        }
        return new RootStream<>(allocator, Schemas.GET_SQL_INFO_SCHEMA, rows.iterator(), SqlInfoTable::write);
    }

    /// @param childIndex the value's place in the union's child
    private record Row(int id, SqlInfoValue value, int childIndex) {}

    private static int write(VectorSchemaRoot root, int index, Row row) {
        ((UInt4Vector) root.getVector(0)).setSafe(index, row.id());
        DenseUnionVector union = (DenseUnionVector) root.getVector(1);
        if (index == 0) {
            union.allocateNew();
        }
        while (index >= union.getValueCapacity()) {
            union.reAlloc();
        }
        union.setTypeId(index, row.value().child());
        union.getOffsetBuffer().setInt((long) index * DenseUnionVector.OFFSET_WIDTH, row.childIndex());
        row.value().write(union, row.childIndex());
        return ROW_BYTES;
    }

    private void addServer(String serverVersion) {
        put(SqlInfo.FLIGHT_SQL_SERVER_NAME, new Text("Bowyer"));
        put(SqlInfo.FLIGHT_SQL_SERVER_VERSION, new Text(serverVersion));
        put(SqlInfo.FLIGHT_SQL_SERVER_ARROW_VERSION, new Text(ARROW_FORMAT_VERSION));
        put(SqlInfo.FLIGHT_SQL_SERVER_READ_ONLY, new Flag(true));
        put(SqlInfo.FLIGHT_SQL_SERVER_SQL, new Flag(true));
        put(SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT, new Flag(false));
        put(
                SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION,
                new Int32(SqlSupportedTransaction.SQL_SUPPORTED_TRANSACTION_NONE_VALUE));
        put(SqlInfo.FLIGHT_SQL_SERVER_CANCEL, new Flag(true));
        put(SqlInfo.FLIGHT_SQL_SERVER_BULK_INGESTION, new Flag(false));
        put(SqlInfo.FLIGHT_SQL_SERVER_INGEST_TRANSACTIONS_SUPPORTED, new Flag(false));
        put(SqlInfo.FLIGHT_SQL_SERVER_STATEMENT_TIMEOUT, new Int32(0));
        put(SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION_TIMEOUT, new Int32(0));
    }

    private void addNames() {
        put(SqlInfo.SQL_IDENTIFIER_QUOTE_CHAR, new Text("\""));
        put(SqlInfo.SQL_SEARCH_STRING_ESCAPE, new Text(String.valueOf(LikePattern.ESCAPE)));
        put(SqlInfo.SQL_EXTRA_NAME_CHARACTERS, new Text("#$@"));
        put(SqlInfo.SQL_SCHEMA_TERM, new Text("schema"));
        put(SqlInfo.SQL_PROCEDURE_TERM, new Text("procedure"));
        put(SqlInfo.SQL_CATALOG_TERM, new Text("catalog"));
    }

    private void addFeatures() {
        List.of(
                        SqlInfo.SQL_ALL_TABLES_ARE_SELECTABLE,
                        SqlInfo.SQL_SUPPORTS_COLUMN_ALIASING,
                        SqlInfo.SQL_NULL_PLUS_NULL_IS_NULL,
                        SqlInfo.SQL_SUPPORTS_TABLE_CORRELATION_NAMES,
                        SqlInfo.SQL_SUPPORTS_EXPRESSIONS_IN_ORDER_BY,
                        SqlInfo.SQL_SUPPORTS_ORDER_BY_UNRELATED,
                        SqlInfo.SQL_SUPPORTS_NON_NULLABLE_COLUMNS,
                        SqlInfo.SQL_CATALOG_AT_START,
                        SqlInfo.SQL_CORRELATED_SUBQUERIES_SUPPORTED,
                        SqlInfo.SQL_MAX_ROW_SIZE_INCLUDES_BLOBS)
                .forEach(info -> put(info, new Flag(true)));
        List.of(
                        SqlInfo.SQL_DDL_CATALOG,
                        SqlInfo.SQL_DDL_SCHEMA,
                        SqlInfo.SQL_DDL_TABLE,
                        SqlInfo.SQL_SUPPORTS_DIFFERENT_TABLE_CORRELATION_NAMES,
                        // Only the backslash, which holds without the clause.
                        SqlInfo.SQL_SUPPORTS_LIKE_ESCAPE_CLAUSE,
                        SqlInfo.SQL_SUPPORTS_INTEGRITY_ENHANCEMENT_FACILITY,
                        SqlInfo.SQL_SELECT_FOR_UPDATE_SUPPORTED,
                        SqlInfo.SQL_STORED_PROCEDURES_SUPPORTED,
                        SqlInfo.SQL_TRANSACTIONS_SUPPORTED,
                        SqlInfo.SQL_DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT,
                        SqlInfo.SQL_DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED,
                        SqlInfo.SQL_BATCH_UPDATES_SUPPORTED,
                        SqlInfo.SQL_SAVEPOINTS_SUPPORTED,
                        SqlInfo.SQL_NAMED_PARAMETERS_SUPPORTED,
                        SqlInfo.SQL_LOCATORS_UPDATE_COPY,
                        SqlInfo.SQL_STORED_FUNCTIONS_USING_CALL_SYNTAX_SUPPORTED)
                .forEach(info -> put(info, new Flag(false)));
    }

    private void addNumbers() {
        List.of(
                        SqlInfo.SQL_MAX_BINARY_LITERAL_LENGTH,
                        SqlInfo.SQL_MAX_CHAR_LITERAL_LENGTH,
                        SqlInfo.SQL_MAX_COLUMN_NAME_LENGTH,
                        SqlInfo.SQL_MAX_COLUMNS_IN_GROUP_BY,
                        SqlInfo.SQL_MAX_COLUMNS_IN_INDEX,
                        SqlInfo.SQL_MAX_COLUMNS_IN_ORDER_BY,
                        SqlInfo.SQL_MAX_COLUMNS_IN_SELECT,
                        SqlInfo.SQL_MAX_COLUMNS_IN_TABLE,
                        SqlInfo.SQL_MAX_CONNECTIONS,
                        SqlInfo.SQL_MAX_CURSOR_NAME_LENGTH,
                        SqlInfo.SQL_MAX_INDEX_LENGTH,
                        SqlInfo.SQL_MAX_PROCEDURE_NAME_LENGTH,
                        SqlInfo.SQL_MAX_CATALOG_NAME_LENGTH,
                        SqlInfo.SQL_MAX_ROW_SIZE,
                        SqlInfo.SQL_MAX_STATEMENTS,
                        SqlInfo.SQL_MAX_TABLES_IN_SELECT,
                        SqlInfo.SQL_DEFAULT_TRANSACTION_ISOLATION)
                .forEach(info -> put(info, new Bigint(UNLIMITED)));
        put(SqlInfo.SQL_MAX_STATEMENT_LENGTH, new Bigint(EngineOptions.DEFAULT_SQL_BYTES));
        put(SqlInfo.SQL_DB_SCHEMA_NAME_LENGTH, new Bigint(DatasetName.MAX_LENGTH));
        put(SqlInfo.SQL_MAX_TABLE_NAME_LENGTH, new Bigint(DatasetName.MAX_LENGTH));
        put(SqlInfo.SQL_MAX_USERNAME_LENGTH, new Bigint(Authenticator.MAX_NAME_LENGTH));
        // Names are folded to lower case unless they are quoted; then every letter counts, for which the
        // enum has no word.
        put(SqlInfo.SQL_IDENTIFIER_CASE, new Bigint(SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_LOWERCASE_VALUE));
        put(
                SqlInfo.SQL_QUOTED_IDENTIFIER_CASE,
                new Bigint(SqlSupportedCaseSensitivity.SQL_CASE_SENSITIVITY_UNKNOWN_VALUE));
        // ASC puts NULL last and DESC puts it first.
        put(SqlInfo.SQL_NULL_ORDERING, new Bigint(SqlNullOrdering.SQL_NULLS_SORTED_HIGH_VALUE));
    }

    /// Bit n stands for the enum constant with number n.
    private void addBitmasks() {
        put(SqlInfo.SQL_SUPPORTED_GROUP_BY, new Int32(0b11));
        put(SqlInfo.SQL_SUPPORTED_GRAMMAR, new Int32(0b11));
        put(SqlInfo.SQL_ANSI92_SUPPORTED_LEVEL, new Int32(0b1));
        put(SqlInfo.SQL_OUTER_JOINS_SUPPORT_LEVEL, new Int32(0b110));
        put(SqlInfo.SQL_SCHEMAS_SUPPORTED_ACTIONS, new Int32(0));
        put(SqlInfo.SQL_CATALOGS_SUPPORTED_ACTIONS, new Int32(0));
        put(SqlInfo.SQL_SUPPORTED_POSITIONED_COMMANDS, new Int32(0));
        put(SqlInfo.SQL_SUPPORTED_SUBQUERIES, new Int32(0b1111));
        put(SqlInfo.SQL_SUPPORTED_UNIONS, new Int32(0b11));
        put(SqlInfo.SQL_SUPPORTED_TRANSACTIONS_ISOLATION_LEVELS, new Int32(0b1));
        put(SqlInfo.SQL_SUPPORTED_RESULT_SET_TYPES, new Int32(0b10));
        put(SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_UNSPECIFIED, new Int32(0));
        put(SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_FORWARD_ONLY, new Int32(0b10));
        put(SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_SCROLL_SENSITIVE, new Int32(0));
        put(SqlInfo.SQL_SUPPORTED_CONCURRENCIES_FOR_RESULT_SET_SCROLL_INSENSITIVE, new Int32(0));
    }

    private void put(SqlInfo info, SqlInfoValue value) {
        values.put(info.getNumber(), value);
    }
}
