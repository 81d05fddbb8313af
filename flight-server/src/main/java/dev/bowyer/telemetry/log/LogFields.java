package dev.bowyer.telemetry.log;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a log line says, by name, in its order. Travels as the one parameter of a [LogRecord], since SLF4J would make
/// text of it.
public record LogFields(Map<String, Object> values) {
    /// A text that needs no quotes.
    private static final Pattern PLAIN = Pattern.compile("[\\w.:@/+$,-]+");

    /// @param values numbers and texts
    public LogFields {
        values = new LinkedHashMap<>(values);
    }

    public LogRecord record(Level level, String logger, String message, @Nullable Throwable thrown) {
        LogRecord line = new LogRecord(level, message);
        line.setLoggerName(logger);
        line.setParameters(new Object[] {this});
        line.setThrown(thrown);
        return line;
    }

    static @Nullable LogFields of(LogRecord line) {
        Object[] parameters = line.getParameters();
        return parameters != null && parameters.length == 1 && parameters[0] instanceof LogFields fields
                ? fields
                : null;
    }

    /// As ` name=value` each; texts with anything but letters, digits and `.:@/+$,-_` in quotes.
    String text() {
        StringBuilder text = new StringBuilder();
        values.forEach((name, value) -> {
            String written = value.toString();
            boolean isPlain = PLAIN.matcher(written).matches();
            text.append(' ').append(name).append('=');
            text.append(isPlain ? written : '"' + written.replace("\\", "\\\\").replace("\"", "\\\"") + '"');
        });
        return text.toString();
    }
}
