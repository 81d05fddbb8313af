package dev.bowyer.flight;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.bowyer.engine.ScriptedEngine;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The stock JDBC driver, as tools drive it.
final class JdbcTest {
    @AutoClose
    private final TestServer server =
            new TestServer(new ScriptedEngine().scriptOtherwise(ScriptedEngine.messages(3, 4)));

    @BeforeEach
    void register() {
        server.register("trips", "trips.parquet");
        server.register("lake.sea", "sea.parquet");
    }

    @Test
    void statementsAndPreparedStatementsSelect() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT n FROM trips")) {
            assertThat(rows.getMetaData().getColumnName(1)).isEqualTo("n");
            assertThat(longs(rows)).hasSize(12).startsWith(0L, 1L).endsWith(11L);
        }
        try (Connection connection = connect();
                PreparedStatement statement = connection.prepareStatement("SELECT n FROM trips")) {
            for (int i = 0; i < 2; i++) {
                try (ResultSet rows = statement.executeQuery()) {
                    assertThat(longs(rows)).hasSize(12);
                }
            }
        }
    }

    @Test
    void anErrorIsAnSqlExceptionWithItsText() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("SELECT bad"))
                    .isInstanceOf(SQLException.class)
                    .hasStackTraceContaining("INVALID_SQL: no script");
        }
    }

    @Test
    void catalogsSchemasTablesAndColumnsAreListed() throws SQLException {
        try (Connection connection = connect()) {
            DatabaseMetaData about = connection.getMetaData();
            assertThat(texts(about.getCatalogs(), "TABLE_CAT")).containsExactly("bowyer");
            assertThat(texts(about.getSchemas(), "TABLE_SCHEM")).containsExactly("lake", "public");
            assertThat(texts(about.getTableTypes(), "TABLE_TYPE")).containsExactly("TABLE");
            assertThat(texts(about.getTables(null, null, "%", new String[] {"TABLE", "VIEW"}), "TABLE_NAME"))
                    .containsExactly("sea", "trips");
            try (ResultSet columns = about.getColumns("bowyer", "public", "trips", "%")) {
                assertThat(columns.next()).isTrue();
                assertThat(columns.getString("COLUMN_NAME")).isEqualTo("n");
                assertThat(columns.getString("TYPE_NAME")).isEqualTo("BIGINT");
                assertThat(columns.getString("IS_NULLABLE")).isEqualTo("NO");
                assertThat(columns.next()).isFalse();
            }
            assertThat(texts(about.getPrimaryKeys(null, null, "trips"), "COLUMN_NAME"))
                    .isEmpty();
            assertThat(texts(about.getImportedKeys(null, null, "trips"), "FKCOLUMN_NAME"))
                    .isEmpty();
            // The driver answers this one itself; the server's types are in FlightRpcTest.
            assertThat(texts(about.getTypeInfo(), "TYPE_NAME")).isEmpty();
        }
    }

    @Test
    void everyPropertyHasAnAnswer() throws Exception {
        try (Connection connection = connect()) {
            DatabaseMetaData about = connection.getMetaData();
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
            assertThat(about.supportsConvert(java.sql.Types.BIGINT, java.sql.Types.VARCHAR))
                    .isTrue();
            assertThat(about.getStringFunctions()).contains("upper");
        }
    }

    @Test
    void aUserIsRefusedInPlainWords() {
        Properties login = new Properties();
        login.setProperty("user", "anna");
        login.setProperty("password", "secret");
        assertThatThrownBy(() -> DriverManager.getConnection(url(), login).close())
                .isInstanceOf(SQLException.class)
                .hasStackTraceContaining("runs without authentication");
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(url());
    }

    private String url() {
        return "jdbc:arrow-flight-sql://127.0.0.1:" + server.port() + "?useEncryption=false";
    }

    private static List<Long> longs(ResultSet rows) throws SQLException {
        List<Long> values = new ArrayList<>();
        while (rows.next()) {
            values.add(rows.getLong(1));
        }
        return values;
    }

    private static List<String> texts(ResultSet rows, String column) throws SQLException {
        try (rows) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(rows.getString(column));
            }
            return values;
        }
    }
}
