package dev.bowyer.telemetry.log;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/// One line an event, for people. Control characters are escaped, and what a stack trace adds is indented, so that
/// nobody can forge a line.
public final class TextLines extends Formatter {
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS", Locale.ROOT);
    private static final String INDENT = "    ";

    @Override
    public String format(LogRecord line) {
        LogFields fields = LogFields.of(line);
        StringBuilder text = new StringBuilder();
        TIME.withZone(ZoneId.systemDefault()).formatTo(line.getInstant(), text);
        text.append(' ').append(line.getLevel().getName());
        text.append(' ').append(line.getLoggerName()).append(": ");
        text.append(escaped(fields == null ? formatMessage(line) : line.getMessage() + fields.text()));
        text.append(System.lineSeparator());
        if (line.getThrown() != null) {
            stackTrace(line.getThrown())
                    .lines()
                    .forEach(frame ->
                            text.append(INDENT).append(escaped(frame.strip())).append(System.lineSeparator()));
        }
        return text.toString();
    }

    static String stackTrace(Throwable thrown) {
        StringWriter trace = new StringWriter();
        thrown.printStackTrace(new PrintWriter(trace));
        return trace.toString();
    }

    /// Line breaks of any kind and whatever steers a terminal, as `\n` or `\u001b`.
    static String escaped(String text) {
        if (text.chars().noneMatch(TextLines::isControl)) {
            return text;
        }
        StringBuilder visible = new StringBuilder();
        text.chars().forEach(c -> {
            switch (c) {
                case '\n' -> visible.append("\\n");
                case '\r' -> visible.append("\\r");
                case '\t' -> visible.append("\\t");
                default -> {
                    if (isControl(c)) {
                        visible.append(String.format(Locale.ROOT, "\\u%04x", c));
                    } else {
                        visible.append((char) c);
                    }
                }
            }
        });
        return visible.toString();
    }

    /// C0, DEL and C1, the two separators of Unicode, and marks that turn the direction of what follows.
    private static boolean isControl(int c) {
        return Character.isISOControl(c)
                || c == 0x2028
                || c == 0x2029
                || (c >= 0x202A && c <= 0x202E)
                || (c >= 0x2066 && c <= 0x2069);
    }
}
