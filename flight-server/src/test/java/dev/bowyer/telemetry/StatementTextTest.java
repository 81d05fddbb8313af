package dev.bowyer.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StatementTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "SELECT a FROM t WHERE b = 'x''y' AND c = 1 | SELECT a FROM t WHERE b = ? AND c = ?",
                "SELECT E'it\\'s secret' , 1.5e-3, .5, 0xFF | SELECT E? , ?, ?, ?",
                "SELECT $$secret$$, $tag$ a $$ b $tag$, $1, $name | SELECT ?, ?, $1, $name",
                "SELECT \"col 'a'\", t2.c3, `x 1` FROM t2 | SELECT \"col 'a'\", t2.c3, `x 1` FROM t2",
                "SELECT 1 -- secret | SELECT ?",
                "SELECT /* a /* secret */ b */ x | SELECT x",
                "SELECT X'00ff', DATE '2026-01-01', a-1 | SELECT X?, DATE ?, a-?",
                "SELECT 'never closed | SELECT ?",
                "SELECT $tag$ never closed | SELECT ?",
                "SELECT nameE'x' | SELECT nameE?",
            })
    void valuesAreLeftOut(String sql, String text) {
        assertThat(StatementText.withoutValues(sql)).isEqualTo(text);
    }

    @Test
    void itIsOneShortLine() {
        String text = StatementText.withoutValues("SELECT\n\t a,\r\n" + "b, ".repeat(10_000));
        assertThat(text)
                .startsWith("SELECT a, b, b,")
                .doesNotContain("\n", "\r", "\t")
                .endsWith("...");
        assertThat(text.length()).isLessThanOrEqualTo(StatementText.MAX_LENGTH + 3);
    }

    @Test
    void aLongNameIsCutToo() {
        assertThat(StatementText.withoutValues("SELECT " + "a".repeat(100_000)).length())
                .isLessThanOrEqualTo(StatementText.MAX_LENGTH + 3);
    }
}
