package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The shell as scripts use it. How people do is tested at a pseudo terminal, in clients-it.
@Timeout(60)
final class ShellTest {
    @TempDir
    static Path folder;

    @SuppressWarnings("NullAway.Init") // set before each test
    private static LocalServer server;

    @BeforeAll
    static void start() throws IOException {
        Path trips = Files.writeString(folder.resolve("trips.csv"), "id,city\n1,Oslo\n2,\n3,Rome\n");
        server = LocalServer.of(trips.toString());
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void statementsRunInOrderTheLastWithoutSemicolonToo() {
        ok("SELECT 1 AS a; SELECT\n'x;y' AS b; -- ; c\n\nSELECT 3 AS c", "--format", "md");
        assertThat(server.out().replaceAll("\\| -+:? \\|\n", ""))
                .isEqualTo("| a |\n| 1 |\n| b |\n| x;y |\n| c |\n| 3 |\n");
    }

    @Test
    void firstErrorEndsTheScript() {
        assertThat(server.runWithInput("SELECT 1 AS a;\nSELECT nope FROM trips;\nSELECT 2 AS b;", "shell"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(server.out()).isEqualTo("a\n-\n1\n");
        assertThat(server.err()).contains("(1 row)\nerror[UNKNOWN_COLUMN]: column \"nope\" not found", "^^^^");
    }

    @Test
    void describesDatasets() {
        ok("\\d\n\\d trips\n");
        assertThat(server.out()).contains("name  | rows", "trips |", "column | type", "city   | Utf8");
        assertThat(server.runWithInput("\\d trip", "shell")).isEqualTo(ExitCode.FAILED);
        assertThat(server.err()).startsWith("error[DATASET_NOT_FOUND]: ").contains("trips");
    }

    @Test
    void looksCanBeChanged() {
        ok("""
                \\format md
                SELECT 1 AS a;
                \\format table
                \\x
                SELECT 1 AS id, 'Oslo' AS city UNION ALL SELECT 2, NULL ORDER BY 1;
                \\x off
                \\rows 1
                SELECT id FROM trips ORDER BY id;
                """);
        assertThat(server.out()).isEqualTo("""
                | a |
                | ---: |
                | 1 |
                -[ row 1 ]
                id   | 1
                city | Oslo
                -[ row 2 ]
                id   | 2
                city | NULL
                id
                --
                 1
                """);
        assertThat(server.err()).contains("(expanded is on)", "(only the first 1 rows are shown; \\rows 0 shows more)");
    }

    @Test
    void timeIsShownAfterEachStatement() {
        ok("\\timing on\nSELECT 1;");
        assertThat(server.err()).containsPattern("\\(timing is on\\)\n\\(1 row\\)\nTime: [0-9.]+ ms\n");
    }

    @Test
    void oneResultGoesToAFile() throws IOException {
        Path file = folder.resolve("rows.json");
        ok("\\o " + file + "\nSELECT id FROM trips ORDER BY id;\nSELECT 5 AS n;");
        assertThat(file).content().isEqualToIgnoringNewLines("[{\"id\":1},{\"id\":2},{\"id\":3}]");
        assertThat(server.out()).contains("5").doesNotContain("id");
        assertThat(Files.exists(file)).isTrue();
    }

    @Test
    void filesAreIncluded() throws IOException {
        Path inner = Files.writeString(folder.resolve("inner.sql"), "SELECT 2 AS b;\n\\format md\n");
        Path outer = Files.writeString(folder.resolve("outer.sql"), "\\i " + inner + "\nSELECT 3 AS c\n");
        ok("SELECT 1 AS a;\n\\i " + outer + "\nSELECT 4 AS d;\n\\q\nSELECT 5 AS e;");
        assertThat(server.out()).isEqualTo("a\n-\n1\nb\n-\n2\n| c |\n| ---: |\n| 3 |\n| d |\n| ---: |\n| 4 |\n");
        ok("", "--file", outer.toString());
        assertThat(server.out()).contains("| c |\n| ---: |\n| 3 |\n");
    }

    @Test
    void fileThatIncludesItselfEnds() throws IOException {
        Path self = folder.resolve("self.sql");
        Files.writeString(self, "\\i " + self);
        assertThat(server.runWithInput("\\i " + self, "shell")).isEqualTo(ExitCode.FAILED);
        assertThat(server.err()).contains("more than 16 files within each other");
    }

    @Test
    void helpNamesEveryCommand() {
        ok("\\?");
        assertThat(server.out()).contains("\\d [NAME]", "\\timing", "\\q", "Ctrl-C");
        ok("\\refresh");
        assertThat(server.err()).isEqualTo("(tables: 1, columns: 2)\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\\nope | \\nope: no such command",
                "\\format parquet | \\format parquet (expected: table, md, csv, json or ndjson)",
                "\\rows many | \\rows many (expected: a number of rows",
                "\\timing maybe | \\timing maybe (expected: on or off)",
                "\\o | \\o  (expected: a file that ends in",
                "\\o x.txt | \\o x.txt (expected: a file that ends in",
                "\\i no/such.sql | \\i no/such.sql (expected: a file with statements)"
            })
    void badCommandIsAnError(String line, String expected) {
        assertThat(server.runWithInput(line + "\nSELECT 1;", "shell")).isEqualTo(ExitCode.FAILED);
        assertThat(server.err()).startsWith("error[INVALID_ARGUMENT]: " + expected);
        assertThat(server.out()).isEmpty();
    }

    private static void ok(String input, String... options) {
        String[] command = new String[options.length + 1];
        command[0] = "shell";
        System.arraycopy(options, 0, command, 1, options.length);
        assertThat(server.runWithInput(input, command)).as(server.err()).isZero();
    }
}
