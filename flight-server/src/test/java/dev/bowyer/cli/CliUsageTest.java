package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.cli.output.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What needs no server and no engine.
final class CliUsageTest {
    private final CapturedTerminal terminal = CapturedTerminal.of("");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve --lisen 127.0.0.1:0 x.csv | did you mean --listen?",
                "serv x.csv | did you mean serve?",
                "frobnicate | see `bowyer --help`",
                "'' | a command is missing",
                "serve | nothing to serve",
                "serve x.csv --listen 8815 | --listen: \"8815\" (expected: HOST:PORT",
                "demo --scale 0 | --scale: 0 (expected: over 0",
                "demo --scale many | --scale",
                "sql | one statement is wanted",
                "sql a --file b | one statement is wanted",
                "sql - | the statement is empty",
                "sql --file /no/such/file.sql | cannot be read (NoSuchFileException)",
                "sql x --format xml | --format",
                "sql x --rows -1 | --rows: -1 (expected: 0 or more)",
                "datasets --uri http://127.0.0.1:1 | --uri: http://127.0.0.1:1 (expected: grpc://HOST:PORT",
                "sql x --uri grpc://host | expected: grpc://HOST:PORT",
                "sql x --uri grpc://host:0 | port 0 is not one of 1 to 65535",
                "sql x --uri grpc://host:65536 | port 65536 is not one of 1 to 65535",
                "sql x -o rows.xml | no format has this ending",
                "sql x -o rows.csv --format md | goes to stdout",
                "sql x --user ann --token t | one of them says who asks",
                "sql x --user ann | there is no terminal to ask for the password; set BOWYER_PASSWORD",
                "shell --tls-cert a.pem | --tls-cert and --tls-key: one does not go without the other",
                "datasets --tls-ca no/such.pem | --tls-ca: no/such.pem (expected: a file that can be read)",
                "sql x --param day | --param day (expected: NAME=VALUE",
                "sql x --param day=1 --param $day=2 | --param day: given twice",
                "shell --format parquet | --format parquet is for files",
                "shell --rows -1 | --rows: -1 (expected: 0 or more)",
                "shell --file /no/such/file.sql | cannot be read (NoSuchFileException)",
                "explain x --analyze --format tree | --analyze has the format indent only",
                "describe | NAME",
                "native | build|verify",
                "test java | only the script `bowyer` in the source tree"
            })
    void wrongUsageEndsWithTwoAndSaysWhatIsExpected(String line, String expected) {
        String[] args = line.isEmpty() ? new String[0] : line.split(" ", -1);
        assertThat(terminal.run(args)).isEqualTo(ExitCode.USAGE);
        assertThat(terminal.err())
                .startsWith("error[USAGE]: ")
                .contains(expected)
                .contains("--help");
        assertThat(terminal.out()).isEmpty();
    }

    @Test
    void aWordThatIsFarFromEveryCommandIsNotTakenForOne() {
        assertThat(terminal.run("frobnicate")).isEqualTo(ExitCode.USAGE);
        assertThat(terminal.err()).doesNotContain("did you mean");
    }

    @ParameterizedTest
    @ValueSource(strings = {"help", "help serve"})
    void helpIsACommandToo(String line) {
        assertThat(terminal.run(line.split(" ", -1))).isZero();
        assertThat(terminal.out()).startsWith("Usage: bowyer ");
        assertThat(terminal.out().contains("--skip-bad")).isEqualTo(line.equals("help serve"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"arrow", "parquet"})
    void binaryFormatsDoNotGoToATerminal(String format) {
        CapturedTerminal interactive = CapturedTerminal.interactive();
        assertThat(interactive.run("sql", "SELECT 1", "--format", format)).isEqualTo(ExitCode.USAGE);
        assertThat(interactive.err()).contains("is not for a terminal; name a file with -o");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ANALYZE SELECT 1",
                "  -- comment\n EXPLAIN SELECT 1",
                "/* a */ verbose SELECT 1",
                "format tree SELECT 1",
                "describe t"
            })
    void explainTakesNoOptionsFromTheStatement(String sql) {
        assertThat(terminal.run("explain", sql)).isEqualTo(ExitCode.USAGE);
        assertThat(terminal.err()).contains("the statement itself is wanted, without EXPLAIN");
    }

    @Test
    void helpIsShownForTheWholeAndForACommand() {
        assertThat(terminal.run("--help")).isZero();
        assertThat(terminal.out())
                .contains("demo", "serve", "sql", "test", "native", "doctor", "3", "wrong configuration");
        assertThat(terminal.run("serve", "--help")).isZero();
        assertThat(terminal.out()).contains("--skip-bad", "Examples:");
    }

    @Test
    void versionCanBeReadByAProgram() {
        assertThat(terminal.run("version", "--json")).isZero();
        assertThat(terminal.out()).startsWith("{\"bowyer\":\"").contains("\"java\":\"");
    }

    @Test
    void noServerIsAFailureThatNamesTheAddress() {
        assertThat(terminal.run("sql", "SELECT 1", "--uri", "grpc://127.0.0.1:1"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(terminal.err())
                .startsWith("error[UNAVAILABLE]: no answer from grpc://127.0.0.1:1")
                .contains("hint: is the server running?");
    }

    @Test
    void hostThatOnlyWeLookUpMayBeUnknown() {
        assertThat(terminal.run("datasets", "--uri", "grpc://no_such_host.invalid:1"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(terminal.err()).contains("error[UNAVAILABLE]: no answer from grpc://no_such_host.invalid:1");
    }

    @Test
    void wantOfMemoryIsAFailureAndNoConfiguration() {
        InputStream endless = new InputStream() {
            @Override
            public int read() {
                throw new OutOfMemoryError("Java heap space");
            }

            @Override
            public int read(byte[] bytes, int offset, int length) {
                return read();
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream text = new PrintStream(err, true, StandardCharsets.UTF_8);
        Terminal poor = new Terminal(endless, text, text, Terminal.Person.NOWHERE, Map.of());
        assertThat(Cli.run(poor, "sql", "-")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("error[MEMORY_LIMIT]: ")
                .contains("Java heap space", "hint: ");
    }

    @Test
    void stdinThatCannotBeReadIsCalledSo() throws IOException {
        InputStream closed = InputStream.nullInputStream();
        closed.close();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream both = new PrintStream(err, true, StandardCharsets.UTF_8);
        assertThat(Cli.run(new Terminal(closed, both, both, Terminal.Person.NOWHERE, Map.of()), "sql", "-"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .startsWith("error[USAGE]: stdin: cannot be read (IOException)");
    }
}
