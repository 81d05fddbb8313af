package dev.bowyer.engine.datafusion;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class NativeErrorsTest {
    @Test
    void positionBecomesACaret() {
        assertThat(message("SELECT 1,\n\tfair FROM trips", 2, 2, 2, 6))
                .isEqualTo("column \"fair\" not found\n fair FROM trips\n ^^^^");
    }

    @Test
    void columnsAreCharactersNotCodeUnits() {
        assertThat(message("SELECT '🚲', fair", 1, 13, 1, 17))
                .endsWith("\nSELECT '🚲', fair\n" + " ".repeat(12) + "^^^^");
    }

    @Test
    void aStretchOfSeveralLinesIsMarkedToTheEndOfItsFirst() {
        assertThat(message("SELECT (1 +\n2)", 1, 8, 2, 3)).endsWith("\nSELECT (1 +\n       ^^^^");
    }

    @Test
    void aLongLineIsCutAroundThePosition() {
        String sql = "SELECT " + "x, ".repeat(1000) + "fair";
        String[] lines = message(sql, 1, 3008, 1, 3012).split("\n", -1);
        assertThat(lines[1]).startsWith("...").endsWith("fair").hasSizeLessThan(SqlPosition.SHOWN + 7);
        assertThat(lines[2]).hasSameSizeAs(lines[1]).endsWith(" ^^^^");
    }

    @Test
    void aPositionOutsideOfTheTextDoesNoHarm() {
        assertThat(message("SELECT 1", 7, 90, 7, 95)).endsWith("\nSELECT 1\n        ^");
        assertThat(message("", 0, 0, 0, 0)).endsWith("\n\n^");
    }

    @Test
    void codeAndHintAreKeptAndUnknownCodesAreInternal() {
        ServiceException known =
                exception("{\"code\":\"MEMORY_LIMIT\",\"message\":\"too much\",\"hint\":\"use less\"}", "x");
        assertThat(known.code()).isEqualTo(ErrorCode.MEMORY_LIMIT);
        assertThat(known.getMessage()).isEqualTo("too much");
        assertThat(known.hint()).isEqualTo("use less");
        ServiceException unknown = exception("{\"code\":\"NEW_CODE\"}", "x");
        assertThat(unknown.code()).isEqualTo(ErrorCode.INTERNAL);
        assertThat(unknown.hint()).isNull();
    }

    private static String message(String sql, int line, int column, int endLine, int endColumn) {
        String json = "{\"code\":\"UNKNOWN_COLUMN\",\"message\":\"column \\\"fair\\\" not found\",\"line\":" + line
                + ",\"column\":" + column + ",\"endLine\":" + endLine + ",\"endColumn\":" + endColumn + "}";
        return String.valueOf(exception(json, sql).getMessage());
    }

    private static ServiceException exception(String json, String sql) {
        return NativeErrors.exception(json.getBytes(StandardCharsets.UTF_8), sql);
    }
}
