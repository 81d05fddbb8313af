package dev.bowyer.clients;

import static dev.bowyer.clients.JdbcRows.JDBC;
import static dev.bowyer.clients.JdbcRows.longs;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Time;
import java.sql.Timestamp;
import java.sql.Types;
import java.time.Instant;
import java.util.Calendar;
import java.util.List;
import java.util.TimeZone;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Prepared statements and their parameters through JDBC.
final class JdbcParametersTest {
    private static final int RUNS = 100;

    @TempDir
    private static Path folder;

    private static LakeServer server;
    private Connection connection;

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
    }

    @AfterEach
    void disconnect() throws SQLException {
        connection.close();
    }

    /// Gives a parameter its value.
    private interface Setter {
        void set(PreparedStatement statement, int index) throws SQLException;
    }

    private static Arguments of(String literal, Setter setter) {
        return Arguments.of(literal, setter);
    }

    /// A literal of SQL, and how its value is set.
    static Stream<Arguments> values() {
        Calendar utc = Calendar.getInstance(TimeZone.getTimeZone("UTC"));
        return Stream.of(
                of("true", (s, i) -> s.setBoolean(i, true)),
                of("CAST(7 AS TINYINT)", (s, i) -> s.setByte(i, (byte) 7)),
                of("CAST(-300 AS SMALLINT)", (s, i) -> s.setShort(i, (short) -300)),
                of("CAST(70000 AS INT)", (s, i) -> s.setInt(i, 70_000)),
                of("5000000000", (s, i) -> s.setLong(i, 5_000_000_000L)),
                of("CAST(7 AS BIGINT)", (s, i) -> s.setInt(i, 7)),
                of("CAST(7 AS BIGINT)", (s, i) -> s.setObject(i, 7L)),
                of("CAST(200 AS TINYINT UNSIGNED)", (s, i) -> s.setShort(i, (short) 200)),
                of("CAST(1.5 AS FLOAT)", (s, i) -> s.setFloat(i, 1.5f)),
                of("CAST(2.25 AS DOUBLE)", (s, i) -> s.setDouble(i, 2.25)),
                of("CAST(12.34 AS DECIMAL(10, 2))", (s, i) -> s.setBigDecimal(i, new BigDecimal("12.34"))),
                of("'größe'", (s, i) -> s.setString(i, "größe")),
                of("''", (s, i) -> s.setString(i, "")),
                of("'o''clock'", (s, i) -> s.setObject(i, "o'clock")),
                of("X'0102FF'", (s, i) -> s.setBytes(i, new byte[] {1, 2, (byte) 0xFF})),
                of("DATE '2026-01-02'", (s, i) -> s.setDate(i, Date.valueOf("2026-01-02"))),
                of("TIME '03:04:05'", (s, i) -> s.setTime(i, Time.valueOf("03:04:05"))),
                of(
                        "TIMESTAMP '2026-01-02 03:04:05.678'",
                        (s, i) -> s.setTimestamp(i, Timestamp.valueOf("2026-01-02 03:04:05.678"))),
                of(
                        "TIMESTAMP '2026-01-02 03:04:05'",
                        (s, i) -> s.setTimestamp(i, Timestamp.from(Instant.parse("2026-01-02T03:04:05Z")), utc)),
                of(
                        "arrow_cast(0, 'Timestamp(Millisecond, Some(\"UTC\"))')",
                        (s, i) -> s.setTimestamp(i, new Timestamp(0), utc)));
    }

    @ParameterizedTest
    @MethodSource("values")
    @ClientFeature(client = JDBC, feature = "parameters")
    void everySetterFindsItsValue(String literal, Setter setter) throws SQLException {
        String sql = "SELECT count(*) FROM (SELECT " + literal + " AS v) WHERE v = ?";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            setter.set(statement, 1);
            assertThat(longs(statement.executeQuery())).containsExactly(1L);
        }
    }

    @ParameterizedTest
    @MethodSource("values")
    @ClientFeature(client = JDBC, feature = "parameters that are NULL")
    void nullEqualsNothing(String literal, Setter ignored) throws SQLException {
        String sql = "SELECT count(*), count(*) FILTER (WHERE v = ?) FROM (SELECT " + literal + " AS v)";
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.setNull(1, Types.OTHER);
            try (ResultSet row = statement.executeQuery()) {
                assertThat(row.next()).isTrue();
                assertThat(row.getLong(1)).isEqualTo(1);
                assertThat(row.getLong(2)).isZero();
            }
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "binding again")
    void oneStatementRunsManyTimes() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT n FROM numbers WHERE n BETWEEN ? AND ? AND name = ? ORDER BY n")) {
            for (int run = 0; run < RUNS; run++) {
                statement.setLong(1, run);
                statement.setLong(2, run + 3);
                statement.setString(3, run % 2 == 0 ? "even" : "odd");
                assertThat(longs(statement.executeQuery())).containsExactly((long) run, run + 2L);
            }
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "prepared statements")
    void aStatementWithoutParametersRunsAgain() throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("SELECT n FROM numbers WHERE n < 12")) {
            for (int run = 0; run < 3; run++) {
                assertThat(longs(statement.executeQuery())).hasSize(12);
            }
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "parameters in IN, LIMIT and the SELECT list")
    void parametersStandWhereverValuesDo() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT n FROM numbers WHERE n IN (?, ?) ORDER BY n LIMIT ?")) {
            statement.setLong(1, 9);
            statement.setLong(2, 4);
            statement.setLong(3, 1);
            assertThat(longs(statement.executeQuery())).containsExactly(4L);
        }
        try (PreparedStatement statement = connection.prepareStatement("SELECT ? AS v")) {
            statement.setString(1, "free");
            try (ResultSet row = statement.executeQuery()) {
                assertThat(row.next()).isTrue();
                assertThat(row.getString(1)).isEqualTo("free");
            }
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "parameters that are lists")
    void aListIsBoundAsAnArray() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT n FROM numbers WHERE make_array(n, n + 2) = ?")) {
            statement.setArray(1, connection.createArrayOf("BIGINT", new Object[] {3L, 5L}));
            assertThat(longs(statement.executeQuery())).containsExactly(3L);
        }
    }

    @Test
    @ClientFeature(client = JDBC, feature = "types of parameters")
    void parametersAreDescribed() throws SQLException {
        try (PreparedStatement statement =
                connection.prepareStatement("SELECT n FROM numbers WHERE n > ? AND name = ?")) {
            var about = statement.getParameterMetaData();
            assertThat(about.getParameterCount()).isEqualTo(2);
            assertThat(List.of(about.getParameterType(1), about.getParameterType(2)))
                    .containsExactly(Types.BIGINT, Types.VARCHAR);
        }
    }

    @Test
    @ClientFeature(
            client = JDBC,
            feature = "wrong parameters are refused",
            note = "after a value of a wrong type the driver has lost memory, and closing the connection says so")
    void missingAndMistypedValuesAreRefused() throws SQLException {
        Connection leaking = DriverManager.getConnection(server.jdbcUrl());
        try (PreparedStatement statement = leaking.prepareStatement("SELECT n FROM numbers WHERE n > ? AND name = ?")) {
            statement.setLong(1, 3);
            assertThatThrownBy(statement::executeQuery).isInstanceOf(SQLException.class);
            statement.setString(1, "three");
            statement.setString(2, "odd");
            assertThatThrownBy(statement::executeQuery).isInstanceOf(Exception.class);
        }
        assertThatThrownBy(leaking::close).hasMessageContaining("leaked");
    }

    @Test
    @ClientFeature(client = JDBC, feature = "updates are refused")
    void updatesAreRefusedInPlainWords() throws SQLException {
        for (String sql :
                List.of("INSERT INTO numbers VALUES (1, 'x')", "CREATE TABLE t (n INT)", "DROP TABLE numbers")) {
            try (var statement = connection.createStatement()) {
                assertThatThrownBy(() -> statement.executeUpdate(sql))
                        .isInstanceOf(SQLException.class)
                        .hasStackTraceContaining("STATEMENT_NOT_ALLOWED");
            }
        }
    }
}
