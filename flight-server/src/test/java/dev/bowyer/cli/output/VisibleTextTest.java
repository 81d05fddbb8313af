package dev.bowyer.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What a server sends does nothing to a terminal but appear on it.
final class VisibleTextTest {
    private static final String TITLE = "a\u001b]0;owned\u0007b";

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

    @Test
    void escapesAndWhatTurnsOrHidesTextAreWrittenOut() {
        assertThat(VisibleText.oneLine(TITLE)).isEqualTo("a\\u001b]0;owned\\u0007b");
        assertThat(VisibleText.oneLine("\u007f\u009b1m\u202e\u200b\n\r\t"))
                .isEqualTo("\\u007f\\u009b1m\\u202e\\u200b\\n\\r\\t");
        assertThat(VisibleText.lines("a\n\tb\r\u001b")).isEqualTo("a\n\tb\\r\\u001b");
        assertThat(VisibleText.oneLine("Søren 東京 😀")).isEqualTo("Søren 東京 😀");
    }

    @Test
    void errorsOfAServerAreVisible() {
        Terminal terminal = new Terminal(InputStream.nullInputStream(), out, out, Terminal.Person.NOWHERE, Map.of());
        terminal.showError("X\u001b[2J", "line 1\n" + TITLE, "\u202ehint");
        assertThat(text()).isEqualTo("error[X\\u001b[2J]: line 1\na\\u001b]0;owned\\u0007b\nhint: \\u202ehint\n");
    }

    @Test
    void jsonIsValidAndVisible() {
        assertThat(JsonText.list(List.of("\u001b\u007f\u009b\u202e\"\n😀\udb40\udc41")))
                .isEqualTo("[\"\\u001b\\u007f\\u009b\\u202e\\\"\\n😀\\udb40\\udc41\"]");
    }

    @Test
    void tablesAreVisibleInEveryForm() {
        TextTable table = new TextTable(List.of("t\u001b[1m"), List.of(false));
        table.add(List.of("x\u202ey\u200b"));
        table.print(out);
        table.printMarkdown(out);
        table.printExpanded(out);
        assertThat(VisibleText.isVisible(text().replace("\n", ""))).isTrue();
        assertThat(text()).contains("t\\u001b[1m", "x\\u202ey\\u200b");
    }

    @Test
    void columnsAreAsWideAsTheyLook() {
        TextTable table = new TextTable(List.of("city", "n"), List.of(false, true));
        table.add(List.of("東京", "1"));
        table.add(List.of("e\u0301e\u0301", "2"));
        table.print(out);
        assertThat(text()).isEqualTo("city | n\n-----+--\n東京 | 1\ne\u0301e\u0301   | 2\n");
    }

    @Test
    void cellsAreNeverBuiltLongerThanTheyAreShown() {
        BigDecimal huge = new BigDecimal("1E+1500000000");
        assertThat(ShownValue.of(huge, TextTable.MAX_WHOLE_CELL)).isEqualTo("1E+1500000000");
        assertThat(ShownValue.of("x".repeat(1_000_000), TextTable.MAX_CELL)).hasSize(TextTable.MAX_CELL);
        List<Long> endless = Collections.nCopies(Integer.MAX_VALUE, 7L);
        assertThat(ShownValue.of(endless, TextTable.MAX_CELL))
                .startsWith("[7, 7, ")
                .endsWith("…");
        assertThat(ShownValue.of(Arrays.asList(1L, null), TextTable.MAX_CELL)).isEqualTo("[1, null]");
        assertThat(ShownValue.of(null, TextTable.MAX_CELL)).isEqualTo("NULL");
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
    }
}
