package dev.bowyer.clients;

import static dev.bowyer.clients.JdbcRows.JDBC;
import static dev.bowyer.clients.JdbcRows.longs;
import static dev.bowyer.clients.JdbcRows.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Connections, their options, errors and the end of queries through JDBC.
final class JdbcConnectionTest {
    private static final int CONNECTIONS = 50;

    @TempDir
    private static Path folder;

    private static LakeServer server;

    @BeforeAll
    static void startServer() {
        server = LakeServer.start(folder);
    }

    @AfterAll
    static void closeServer() {
        server.close();
    }

    @Test
    @ClientFeature(client = JDBC, feature = "queries")
    void aQueryGivesItsRows() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT n, name FROM numbers ORDER BY n DESC LIMIT 3")) {
            assertThat(rows.getMetaData().getColumnName(1)).isEqualTo("n");
            assertThat(longs(rows)).containsExactly(9999L, 9998L, 9997L);
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "errors")
    void anErrorIsAnSqlExceptionWithItsText() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("SELECT m FROM numbers"))
                    .isInstanceOf(SQLException.class)
                    .hasStackTraceContaining("UNKNOWN_COLUMN")
                    .hasStackTraceContaining("SELECT m FROM numbers\n       ^");
            assertThatThrownBy(() -> statement.executeQuery("SELECT n FROM nmbers"))
                    .isInstanceOf(SQLException.class)
                    .hasStackTraceContaining("did you mean \"numbers\"?");
            assertThatThrownBy(() -> longs(statement.executeQuery("SELECT 1 / (n - 5000) FROM numbers")))
                    .isInstanceOf(Exception.class)
                    .hasStackTraceContaining("INVALID_VALUE");
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "query timeout")
    void aQueryTimeoutStopsTheWork() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);
            assertThatThrownBy(() -> longs(statement.executeQuery(LakeServer.ENDLESS)))
                    .isInstanceOf(SQLException.class);
        }
        LakeServer.assertWorkStops();
    }

    @Test
    @ClientFeature(client = JDBC, feature = "cancel")
    void cancelFromAnotherThreadStopsTheWork() throws Exception {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                ExecutorService threads = Executors.newSingleThreadExecutor()) {
            Future<List<Long>> running = threads.submit(() -> longs(statement.executeQuery(LakeServer.ENDLESS)));
            LakeServer.awaitWork();
            statement.cancel();
            LakeServer.assertWorkStops();
            assertThatThrownBy(() -> running.get(10, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "client goes away")
    void closingInTheMiddleOfRowsStopsTheWork() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            ResultSet rows = statement.executeQuery(LakeServer.MANY_ROWS);
            assertThat(rows.next()).isTrue();
            rows.close();
        }
        LakeServer.assertWorkStops();
    }

    @Test
    @ClientFeature(client = JDBC, feature = "many connections at once")
    void manyConnectionsWorkAtOnce() throws Exception {
        CyclicBarrier together = new CyclicBarrier(CONNECTIONS);
        try (ExecutorService threads = Executors.newFixedThreadPool(CONNECTIONS)) {
            List<Future<Long>> sums = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                long most = i;
                sums.add(threads.submit(() -> {
                    try (Connection connection = connect();
                            var statement = connection.prepareStatement("SELECT n FROM numbers WHERE n <= " + most)) {
                        together.await(30, TimeUnit.SECONDS);
                        return longs(statement.executeQuery()).stream().reduce(0L, Long::sum);
                    }
                }));
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                assertThat(sums.get(i).get()).isEqualTo(i * (i + 1L) / 2);
            }
        }
    }

    @Test
    @ClientFeature(
            client = JDBC,
            feature = "session options",
            note = "`catalog=` in the URL; closing such a connection always throws \"Channel shutdown invoked\"")
    void theCatalogOfTheUrlIsASessionOption() throws SQLException {
        Connection connection = DriverManager.getConnection(server.jdbcUrl("&catalog=bowyer"));
        try (Statement statement = connection.createStatement()) {
            assertThat(longs(statement.executeQuery("SELECT count(*) FROM numbers")))
                    .containsExactly((long) LakeServer.NUMBERS);
        }
        // A bug of this driver, whatever the server answers.
        assertThatThrownBy(connection::close).hasStackTraceContaining("hannel shutdown invoked");
    }

    @Test
    @ClientFeature(client = JDBC, feature = "wrong session options are refused")
    void anUnknownCatalogIsRefused() {
        assertThatThrownBy(() -> DriverManager.getConnection(server.jdbcUrl("&catalog=elsewhere"))
                        .close())
                .isInstanceOf(SQLException.class);
    }

    @Test
    @ClientFeature(client = JDBC, feature = "options as headers")
    void unknownWordsOfTheUrlAreHeaders() throws SQLException {
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl("&x-bowyer-schema=lake"));
                Statement statement = connection.createStatement()) {
            assertThat(longs(statement.executeQuery("SELECT count(*) FROM lines")))
                    .containsExactly((long) LakeServer.LINES);
        }
        try (Connection connection = DriverManager.getConnection(server.jdbcUrl("&x-bowyer-shema=lake"));
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> statement.executeQuery("SELECT 1"))
                    .isInstanceOf(SQLException.class)
                    .hasStackTraceContaining("x-bowyer-shema");
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "parallel endpoints")
    void partsAreReadOneAfterAnother() throws SQLException {
        for (String threads : List.of("1", "4")) {
            String url = server.jdbcUrl("&x-bowyer-parallelism=4", "&threadPoolSize=" + threads);
            try (Connection connection = DriverManager.getConnection(url);
                    Statement statement = connection.createStatement()) {
                assertThat(longs(statement.executeQuery("SELECT n FROM lake.lines")))
                        .hasSize(LakeServer.LINES)
                        .doesNotHaveDuplicates();
                assertThat(longs(statement.executeQuery("SELECT n FROM lake.lines ORDER BY n")))
                        .hasSize(LakeServer.LINES)
                        .isSorted();
            }
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "information_schema and SHOW")
    void peopleAskWithSqlWhatThereIs() throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            assertThat(texts(
                            statement.executeQuery("SELECT table_name FROM information_schema.tables"
                                    + " WHERE table_schema IN ('lake', 'public') ORDER BY table_name"),
                            "table_name"))
                    .containsExactly("lines", "numbers");
            assertThat(texts(statement.executeQuery("SHOW TABLES"), "table_name"))
                    .contains("lines", "numbers");
            assertThat(texts(statement.executeQuery("SHOW COLUMNS FROM numbers"), "column_name"))
                    .containsExactly("n", "name");
            assertThat(texts(statement.executeQuery("DESCRIBE numbers"), "column_name"))
                    .containsExactly("n", "name");
            assertThat(texts(statement.executeQuery("SHOW DATABASES"), "database_name"))
                    .containsExactly("bowyer");
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "login to a server without users is refused")
    void aUserIsRefusedInPlainWords() {
        Properties login = new Properties();
        login.setProperty("user", "anna");
        login.setProperty("password", "secret");
        assertThatThrownBy(() ->
                        DriverManager.getConnection(server.jdbcUrl(), login).close())
                .isInstanceOf(SQLException.class)
                .hasStackTraceContaining("runs without authentication");
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(server.jdbcUrl());
    }
}
