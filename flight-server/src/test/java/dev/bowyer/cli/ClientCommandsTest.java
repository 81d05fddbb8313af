package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.cli.output.TextTable;
import dev.bowyer.engine.datafusion.TpchGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The commands that ask a server, against a real one.
@Timeout(60)
final class ClientCommandsTest {
    @TempDir
    static Path data;

    @SuppressWarnings("NullAway.Init") // set before each test
    private static LocalServer server;

    @BeforeAll
    static void start() throws IOException {
        TpchGenerator.generate(0.001, data.resolve("tpch"), 2);
        Path odd = Files.writeString(data.resolve("odd.csv"), "id,text\n1,a|b\n2,\n3,\"two\nlines\"\n");
        server = LocalServer.of(
                "nation=" + data.resolve("tpch/nation.parquet"),
                "lineitem=" + data.resolve("tpch/lineitem.parquet"),
                odd.toString());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void tableIsAlignedAndCounted() {
        ok("sql", "SELECT n_nationkey AS key, n_name AS name FROM nation ORDER BY 1 LIMIT 2");
        assertThat(server.out()).isEqualTo("""
                key | name
                ----+----------
                  0 | ALGERIA
                  1 | ARGENTINA
                """);
        assertThat(server.err()).isEqualTo("(2 rows)\n");
    }

    @Test
    void markdownEscapesWhatWouldBreakTheTable() {
        ok("sql", "SELECT id, text FROM odd ORDER BY id", "--format", "md");
        assertThat(server.out()).isEqualTo("""
                | id | text |
                | ---: | --- |
                | 1 | a\\|b |
                | 2 | NULL |
                | 3 | two\\nlines |
                """);
    }

    @Test
    void rowsThatAreLeftOutAreSaid() {
        ok("sql", "SELECT l_orderkey FROM lineitem", "--rows", "3");
        assertThat(server.out().lines()).hasSize(5);
        assertThat(server.err()).contains("only the first 3 rows are shown");
    }

    @Test
    void rowsOfATableAreBoundedWhateverIsAsked() {
        ok("sql", "SELECT l_orderkey FROM lineitem, nation", "--rows", "0");
        assertThat(server.out().lines()).hasSize(TextTable.MAX_ROWS + 2);
        assertThat(server.err()).contains("only the first 100000 rows are shown", "--format csv writes all");
    }

    @Test
    void valuesAreShownAsPeopleWriteThem() {
        ok(
                "sql",
                "SELECT DATE '2026-01-02' AS d, TIMESTAMP '2026-01-02T03:04:05' AS t, true AS b, NULL AS n,"
                        + " CAST(1.50 AS DECIMAL(10,2)) AS m, X'00FF' AS x");
        assertThat(server.out()).contains("2026-01-02 | 2026-01-02T03:04:05 | true | NULL | 1.50 | 0x00ff");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"csv | n,s\\n1,a\\n", "json | [{\"n\":1,\"s\":\"a\"}]", "ndjson | {\"n\":1,\"s\":\"a\"}\\n"})
    void textFormatsAreWritten(String format, String expected) throws IOException {
        Path file = data.resolve("out." + format);
        ok("sql", "SELECT 1 AS n, 'a' AS s", "--format", format, "-o", file.toString());
        assertThat(Files.readString(file).strip())
                .isEqualTo(expected.replace("\\n", "\n").strip());
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "arrow", "csv", "ndjson"})
    void filesReadBackAsTheSameRows(String ending) {
        Path file = data.resolve("copy." + ending);
        ok("sql", "SELECT l_orderkey, l_quantity FROM lineitem", "-o", file.toString());
        try (LocalServer again = LocalServer.of("copy=" + file)) {
            String sum = "SELECT count(*), sum(l_orderkey) FROM ";
            assertThat(again.run("sql", sum + "copy", "--format", "md"))
                    .as(again.err())
                    .isZero();
            ok("sql", sum + "lineitem", "--format", "md");
            assertThat(lastLine(again.out())).isEqualTo(lastLine(server.out()));
        }
    }

    @Test
    void resultWithoutRowsIsAFileWithColumns() throws IOException {
        Path file = data.resolve("none.csv");
        ok("sql", "SELECT n_name FROM nation WHERE false", "-o", file.toString());
        assertThat(Files.readString(file).strip()).isEqualTo("n_name");
    }

    @Test
    void statementComesFromStdinOrAFile() throws IOException {
        assertThat(server.runWithInput("SELECT 41 + 1 AS n", "sql", "-")).isZero();
        assertThat(server.out()).contains("42");
        Path file = Files.writeString(data.resolve("q.sql"), "SELECT 43 AS n");
        ok("sql", "--file", file.toString());
        assertThat(server.out()).contains("43");
    }

    @Test
    void errorsCarryCodeAndHint() {
        assertThat(server.run("sql", "SELECT * FROM natoin")).isEqualTo(ExitCode.FAILED);
        assertThat(server.err()).startsWith("error[DATASET_NOT_FOUND]: ").contains("natoin", "nation");
        assertThat(server.run("describe", "natoin")).isEqualTo(ExitCode.FAILED);
        assertThat(server.err()).startsWith("error[DATASET_NOT_FOUND]: ").contains("nation");
    }

    @Test
    void datasetsAndDescribe() {
        ok("datasets");
        assertThat(server.out()).contains("lineitem", "nation", "odd", "25");
        ok("describe", "nation");
        assertThat(server.out()).contains("n_nationkey", "n_name", "Utf8");
        ok("describe", "nation", "--json");
        assertThat(server.out()).contains("\"name\":\"nation\",\"rows\":25", "{\"name\":\"n_name\",\"type\":\"Utf8\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"indent", "tree", "graphviz", "pgjson"})
    void explainsInEveryFormat(String format) {
        ok("explain", "SELECT count(*) FROM nation WHERE n_name > 'B'", "--format", format);
        assertThat(server.out()).containsIgnoringCase("filter");
    }

    @ParameterizedTest
    @ValueSource(strings = {"explain", "sql"})
    void whatServersAnswerDoesNothingToATerminal(String command) {
        ok(command, "SELECT n_name || '\u001b[2J\u202e' AS \"odd\u001b[1m\" FROM nation");
        assertThat(server.out()).doesNotContain("\u001b", "\u202e").contains("\\u001b[2J\\u202e", "odd\\u001b[1m");
        assertThat(server.run(command, "SELECT \"none\u001b[2J\" FROM nation")).isEqualTo(ExitCode.FAILED);
        assertThat(server.err()).doesNotContain("\u001b").contains("none\\u001b[2J");
    }

    @Test
    void explainAnalyzeShowsWhatHappened() {
        ok("explain", "SELECT count(*) FROM nation", "--analyze");
        assertThat(server.out()).contains("output_rows=");
    }

    @Test
    void explainRunsNoSecondStatement() {
        for (String sql : List.of("SELECT 1; SELECT 2", "SELECT 1); COPY nation TO '/tmp/x.csv'; --")) {
            assertThat(server.run("explain", sql)).isEqualTo(ExitCode.FAILED);
            assertThat(server.err()).startsWith("error[");
        }
    }

    private static void ok(String... args) {
        assertThat(server.run(args)).as(server.err()).isZero();
    }

    private static String lastLine(String text) {
        return text.lines().toList().getLast();
    }
}
