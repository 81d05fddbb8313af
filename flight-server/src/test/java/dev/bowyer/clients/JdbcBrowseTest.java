package dev.bowyer.clients;

import static dev.bowyer.clients.JdbcRows.JDBC;
import static dev.bowyer.clients.JdbcRows.texts;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Method;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What DBeaver and other tools ask through JDBC before anyone has written SQL.
final class JdbcBrowseTest {
    @TempDir
    private static Path folder;

    private static LakeServer server;
    private Connection connection;
    private DatabaseMetaData about;

    @BeforeAll
    static void startServer() {
        server = LakeServer.start(folder);
    }

    @AfterAll
    static void closeServer() {
        server.close();
    }

    @BeforeEach
    void connect() throws SQLException {
        connection = DriverManager.getConnection(server.jdbcUrl());
        about = connection.getMetaData();
    }

    @AfterEach
    void disconnect() throws SQLException {
        connection.close();
    }

    @Test
    @ClientFeature(client = JDBC, feature = "catalogs")
    void catalogsAreListed() throws SQLException {
        assertThat(texts(about.getCatalogs(), "TABLE_CAT")).containsExactly("bowyer");
    }

    @Test
    @ClientFeature(client = JDBC, feature = "schemas")
    void schemasAreListed() throws SQLException {
        assertThat(texts(about.getSchemas(), "TABLE_SCHEM")).contains("lake", "public");
        assertThat(texts(about.getSchemas("bowyer", "l%"), "TABLE_SCHEM")).containsExactly("lake");
        assertThat(texts(about.getSchemas("bowyer", "l_ke"), "TABLE_CATALOG")).containsExactly("bowyer");
        assertThat(texts(about.getSchemas("elsewhere", "%"), "TABLE_SCHEM")).isEmpty();
    }

    @Test
    @ClientFeature(client = JDBC, feature = "table types")
    void tableTypesAreListed() throws SQLException {
        assertThat(texts(about.getTableTypes(), "TABLE_TYPE")).contains("TABLE");
    }

    @Test
    @ClientFeature(client = JDBC, feature = "tables")
    void tablesAreListed() throws SQLException {
        String[] types = {"TABLE", "VIEW"};
        assertThat(texts(about.getTables(null, null, "%", types), "TABLE_NAME")).contains("lines", "numbers");
        assertThat(texts(about.getTables("bowyer", "lake", "%", types), "TABLE_NAME"))
                .containsExactly("lines");
        assertThat(texts(about.getTables("bowyer", "public", "num_ers", null), "TABLE_TYPE"))
                .containsExactly("TABLE");
        assertThat(texts(about.getTables("bowyer", "public", "num\\_ers", null), "TABLE_NAME"))
                .isEmpty();
        assertThat(texts(about.getTables(null, null, "numbers", new String[] {"VIEW"}), "TABLE_NAME"))
                .isEmpty();
    }

    @Test
    @ClientFeature(client = JDBC, feature = "columns")
    void columnsAreListedWithTheirTypes() throws SQLException {
        try (ResultSet columns = about.getColumns("bowyer", "public", "numbers", "%")) {
            assertThat(columns.next()).isTrue();
            assertThat(columns.getString("COLUMN_NAME")).isEqualTo("n");
            assertThat(columns.getInt("DATA_TYPE")).isEqualTo(Types.BIGINT);
            assertThat(columns.getString("TYPE_NAME")).isEqualTo("BIGINT");
            assertThat(columns.getInt("ORDINAL_POSITION")).isEqualTo(1);
            assertThat(columns.getString("IS_NULLABLE")).isEqualTo("YES");
            assertThat(columns.next()).isTrue();
            assertThat(columns.getString("COLUMN_NAME")).isEqualTo("name");
            assertThat(columns.getString("TYPE_NAME")).isEqualTo("VARCHAR");
            assertThat(columns.next()).isFalse();
        }
        assertThat(texts(about.getColumns(null, null, "%", "na%"), "TABLE_NAME"))
                .contains("lines", "numbers");
        assertThat(texts(about.getColumns(null, "lake", "l%", "_"), "COLUMN_NAME"))
                .containsExactly("n");
        assertThat(texts(about.getColumns(null, null, "numbers", "N"), "COLUMN_NAME"))
                .isEmpty();
    }

    @Test
    @ClientFeature(client = JDBC, feature = "keys")
    void noTableHasKeys() throws SQLException {
        assertThat(texts(about.getPrimaryKeys(null, null, "numbers"), "COLUMN_NAME"))
                .isEmpty();
        assertThat(texts(about.getImportedKeys(null, null, "numbers"), "FKCOLUMN_NAME"))
                .isEmpty();
        assertThat(texts(about.getExportedKeys(null, null, "numbers"), "FKCOLUMN_NAME"))
                .isEmpty();
        assertThat(texts(about.getCrossReference(null, null, "numbers", null, null, "lines"), "FKCOLUMN_NAME"))
                .isEmpty();
        assertThat(texts(about.getIndexInfo(null, null, "numbers", false, true), "COLUMN_NAME"))
                .isEmpty();
    }

    @Test
    @ClientFeature(
            client = JDBC,
            feature = "type info",
            works = false,
            note = "the driver answers getTypeInfo itself, with no rows")
    void typeInfoIsEmpty() throws SQLException {
        assertThat(texts(about.getTypeInfo(), "TYPE_NAME")).isEmpty();
    }

    @Test
    @ClientFeature(client = JDBC, feature = "SQL info")
    void everyPropertyHasAnAnswer() throws SQLException {
        List<String> failed = new ArrayList<>();
        for (Method getter : DatabaseMetaData.class.getMethods()) {
            if (getter.getParameterCount() == 0) {
                try {
                    Object value = getter.invoke(about);
                    if (value instanceof ResultSet rows) {
                        rows.close();
                    }
                } catch (ReflectiveOperationException e) {
                    failed.add(getter.getName() + ": " + e.getCause());
                }
            }
        }
        assertThat(failed).isEmpty();
        assertThat(about.getDatabaseProductName()).isEqualTo("Bowyer");
        assertThat(about.getIdentifierQuoteString()).isEqualTo("\"");
        assertThat(about.isReadOnly()).isTrue();
        assertThat(about.supportsTransactions()).isFalse();
        assertThat(about.supportsGroupBy()).isTrue();
        assertThat(about.supportsFullOuterJoins()).isTrue();
        assertThat(about.supportsConvert(Types.BIGINT, Types.VARCHAR)).isTrue();
        assertThat(about.getStringFunctions()).contains("upper");
    }

    @Test
    @ClientFeature(client = JDBC, feature = "schema of a query")
    void columnsOfAResultAreKnownBeforeItRuns() throws SQLException {
        try (var statement = connection.prepareStatement("SELECT n, name, n * 1.5 AS x FROM numbers")) {
            var columns = statement.getMetaData();
            assertThat(columns.getColumnCount()).isEqualTo(3);
            assertThat(columns.getColumnName(2)).isEqualTo("name");
            assertThat(columns.getColumnType(1)).isEqualTo(Types.BIGINT);
            assertThat(columns.getColumnTypeName(2)).isEqualTo("VARCHAR");
        }
    }
}
