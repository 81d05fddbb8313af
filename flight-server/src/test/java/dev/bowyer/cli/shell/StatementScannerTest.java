package dev.bowyer.cli.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.bowyer.error.ServiceException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class StatementScannerTest {
    private final StatementScanner scanner = new StatementScanner();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT 'a;b'",
                "SELECT 'it''s; so'",
                "SELECT 'back\\'",
                "SELECT E'it\\'s; so'",
                "SELECT e'\\\\'",
                "SELECT \"a;b\", \"say \"\"x;\"\"\"",
                "SELECT `a;b`",
                "SELECT $$a;b$$",
                "SELECT $q$ it's; $$ ; $q$",
                "SELECT 1 -- no; end",
                "SELECT /* a; /* b; */ c; */ 1",
                "SELECT $1, $2",
                "SELECT $a, '$a$;'",
                "SELECT a$b$c",
                "SELECT name'x'",
                "SELECT 1 - -1 / 2 * 3"
            })
    void oneStatementStaysWhole(String sql) {
        assertThat(scanner.feed(sql)).isEmpty();
        assertThat(scanner.feed(";")).containsExactly(sql);
        assertThat(scanner.hasBegun()).isFalse();
    }

    @Test
    void semicolonsCut() {
        assertThat(scanner.feed("SELECT 1; SELECT 2;; ; SELECT 3")).containsExactly("SELECT 1", "SELECT 2");
        assertThat(scanner.hasBegun()).isTrue();
        assertThat(scanner.takeRest()).isEqualTo("SELECT 3");
        assertThat(scanner.hasBegun()).isFalse();
        assertThat(scanner.takeRest()).isEmpty();
    }

    @Test
    void statementsAndTextsGoOverLines() {
        List<String> ended = new ArrayList<>();
        for (String line : List.of("SELECT 'a", "", "b;", "c', /* x", "; */ 2", "; SELECT 3;")) {
            ended.addAll(scanner.feed(line));
        }
        assertThat(ended).containsExactly("SELECT 'a\n\nb;\nc', /* x\n; */ 2", "SELECT 3");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "SELECT 1 | ;",
                "SELECT 'a | '",
                "SELECT E'a\\' | '",
                "SELECT \"a | \"",
                "SELECT `a | `",
                "SELECT $$a | $$",
                "SELECT $q$a $$ | $q$",
                "SELECT /* /* */ | */",
                "/* only a comment | */"
            })
    void tellsWhatIsMissing(String sql, String missing) {
        assertThat(scanner.feed(sql)).isEmpty();
        assertThat(scanner.hasBegun()).isTrue();
        assertThat(scanner.missing()).isEqualTo(missing);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "   ", "-- SELECT 1;", "/* SELECT 1; */", ";", "/* a */ ; -- b"})
    void blanksAndCommentsAreNoStatement(String text) {
        assertThat(scanner.feed(text)).isEmpty();
        assertThat(scanner.hasBegun()).isFalse();
        assertThat(scanner.takeRest()).isEmpty();
    }

    @Test
    void statementHasALimit() {
        String line = "x".repeat(StatementScanner.MAX_STATEMENT / 2);
        assertThat(scanner.feed(line)).isEmpty();
        assertThatExceptionOfType(ServiceException.class)
                .isThrownBy(() -> scanner.feed(line))
                .withMessageContaining("1048576 characters");
        assertThat(scanner.feed("SELECT 1;")).containsExactly("SELECT 1");
    }
}
