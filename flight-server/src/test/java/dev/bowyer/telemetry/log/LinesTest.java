package dev.bowyer.telemetry.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LinesTest {
    private static final String FORGED =
            "ann\n2026-01-01T00:00:00.000 INFO dev.bowyer: all is well\r\u001b[2J\u0085\u2028\u202e\u0007";

    @Test
    void nobodyForgesALineOfText() {
        String text = new TextLines().format(line(FORGED, null));
        assertThat(text.lines()).hasSize(1);
        assertThat(text)
                .contains("ann\\n2026-01-01")
                .contains("\\r\\u001b[2J\\u0085\\u2028\\u202e\\u0007")
                .matches("[\\x20-\\x7e]+\\R");
    }

    @Test
    void nobodyForgesALineOfJson() throws IOException {
        String text = new JsonLines().format(line(FORGED, null));
        assertThat(text.lines()).hasSize(1);
        assertThat(text).matches("[\\x20-\\x7e]+\\R");
        assertThat(new JsonMapper().readTree(text).get("message").textValue()).isEqualTo(FORGED);
    }

    @Test
    void aFailureKeepsItsStackTrace() throws IOException {
        LogRecord line = line("it failed", new IllegalStateException(FORGED));
        String text = new TextLines().format(line);
        assertThat(text.lines().skip(1)).hasSizeGreaterThan(2).allMatch(more -> more.startsWith("    "));
        assertThat(text).contains("LinesTest");
        String json = new JsonLines().format(line);
        assertThat(json.lines()).hasSize(1);
        JsonNode error = new JsonMapper().readTree(json).get("error");
        assertThat(error.textValue())
                .startsWith("java.lang.IllegalStateException: ann\n")
                .contains("LinesTest");
    }

    @Test
    void parametersOfOtherLoggersAreFilledIn() throws IOException {
        LogRecord line = line("{0} of {1}", null);
        line.setParameters(new Object[] {"one", "two\nthree"});
        assertThat(new TextLines().format(line)).contains(": one of two\\nthree");
        assertThat(new JsonMapper()
                        .readTree(new JsonLines().format(line))
                        .get("message")
                        .textValue())
                .isEqualTo("one of two\nthree");
    }

    @Test
    void fieldsAreNamesAndValues() throws IOException {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("caller", "ann \"the\" first\nlevel=SEVERE");
        values.put("rows", 12L);
        LogRecord line = new LogFields(values).record(Level.INFO, "dev.bowyer.test", "query {0} ended", null);
        assertThat(new TextLines().format(line))
                .endsWith("query {0} ended caller=\"ann \\\"the\\\" first\\nlevel=SEVERE\" rows=12"
                        + System.lineSeparator());
        JsonNode json = new JsonMapper().readTree(new JsonLines().format(line));
        assertThat(json.get("rows").longValue()).isEqualTo(12);
        assertThat(json.get("level").textValue()).isEqualTo("INFO");
        assertThat(json.get("caller").textValue()).isEqualTo("ann \"the\" first\nlevel=SEVERE");
    }

    private static LogRecord line(String message, @Nullable Throwable thrown) {
        LogRecord line = new LogRecord(Level.INFO, message);
        line.setLoggerName("dev.bowyer.test");
        line.setThrown(thrown);
        return line;
    }
}
