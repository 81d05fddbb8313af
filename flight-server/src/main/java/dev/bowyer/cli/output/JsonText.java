package dev.bowyer.cli.output;

import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Small answers as JSON on one line: texts, numbers, booleans, null, lists and objects.
public final class JsonText {
    private JsonText() {}

    /// @param namesAndValues in turn
    public static String object(@Nullable Object... namesAndValues) {
        StringBuilder text = new StringBuilder("{");
        for (int i = 0; i < namesAndValues.length; i += 2) {
            text.append(i == 0 ? "" : ",");
            append(text, namesAndValues[i]);
            append(text.append(':'), namesAndValues[i + 1]);
        }
        return text.append('}').toString();
    }

    public static String list(List<? extends @Nullable Object> values) {
        StringBuilder text = new StringBuilder();
        append(text, values);
        return text.toString();
    }

    /// Text that is JSON already.
    public record Raw(String json) {}

    private static void append(StringBuilder text, @Nullable Object value) {
        switch (value) {
            case null -> text.append("null");
            case Raw raw -> text.append(raw.json());
            case Number number -> text.append(number);
            case Boolean bool -> text.append(bool);
            case List<?> list -> {
                text.append('[');
                for (Iterator<?> items = list.iterator(); items.hasNext(); text.append(items.hasNext() ? "," : "")) {
                    append(text, items.next());
                }
                text.append(']');
            }
            case Map<?, ?> map -> {
                text.append('{');
                boolean first = true;
                for (var entry : new TreeMap<>(map).entrySet()) {
                    text.append(first ? "" : ",");
                    append(text, entry.getKey());
                    append(text.append(':'), entry.getValue());
                    first = false;
                }
                text.append('}');
            }
            default -> quote(text, value.toString());
        }
    }

    /// What a terminal would not show is escaped too.
    private static void quote(StringBuilder text, String value) {
        text.append('"');
        value.codePoints().forEach(character -> {
            switch (character) {
                case '"', '\\' -> text.append('\\').append((char) character);
                case '\n' -> text.append("\\n");
                default -> VisibleText.append(text, character);
            }
        });
        text.append('"');
    }
}
