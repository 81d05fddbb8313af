package dev.bowyer.telemetry.log;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/// One JSON object a line: `time`, `level`, `logger`, `thread`, `message`, the fields of the event and, of a failure,
/// `error` with its stack trace. All but ASCII is escaped, so that nobody can forge a line.
public final class JsonLines extends Formatter {
    private final JsonMapper json =
            JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    @Override
    public String format(LogRecord line) {
        LogFields fields = LogFields.of(line);
        StringWriter text = new StringWriter();
        try (JsonGenerator object = json.createGenerator(text)) {
            object.writeStartObject();
            Instant time = line.getInstant().truncatedTo(ChronoUnit.MILLIS);
            object.writeStringField("time", time.toString());
            object.writeStringField("level", level(line.getLevel()));
            object.writeStringField("logger", String.valueOf(line.getLoggerName()));
            object.writeStringField("thread", Thread.currentThread().getName());
            object.writeStringField("message", fields == null ? formatMessage(line) : line.getMessage());
            if (fields != null) {
                for (Map.Entry<String, Object> field : fields.values().entrySet()) {
                    object.writeObjectField(field.getKey(), field.getValue());
                }
            }
            writeError(object, line.getThrown());
            object.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.append(System.lineSeparator()).toString();
    }

    private static void writeError(JsonGenerator object, @Nullable Throwable thrown) throws IOException {
        if (thrown != null) {
            object.writeStringField("error", TextLines.stackTrace(thrown));
        }
    }

    /// By the names that collectors of logs know.
    private static String level(Level level) {
        if (level.intValue() >= Level.SEVERE.intValue()) {
            return "ERROR";
        }
        if (level.intValue() >= Level.WARNING.intValue()) {
            return "WARN";
        }
        return level.intValue() >= Level.INFO.intValue() ? "INFO" : "DEBUG";
    }
}
