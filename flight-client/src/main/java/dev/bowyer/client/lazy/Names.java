package dev.bowyer.client.lazy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Identifiers: always quoted, so that any text is a name and no text is more than a name. */
final class Names {
    private static final int MAX_LENGTH = 1024;
    private static final int MAX_PARTS = 8;

    private Names() {}

    /** @return the name, checked */
    static String checked(String name) {
        if (name.isEmpty()) {
            throw Invalid.argument("a name is empty", "give the name of a column or a table");
        }
        if (name.length() > MAX_LENGTH) {
            throw Invalid.argument(
                    "the name " + Invalid.shown(name) + " has " + name.length() + " characters, the limit is "
                            + MAX_LENGTH,
                    "use a shorter name");
        }
        if (name.indexOf('\0') >= 0) {
            throw Invalid.argument(
                    "the name " + name.replace('\0', '\u2400') + " holds a NUL character", "no SQL server can name it");
        }
        checkUnicode(name);
        return name;
    }

    /** Half of a surrogate pair cannot be sent: it would arrive as another character. */
    static void checkUnicode(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (pair) {
                i++;
            } else if (Character.isSurrogate(c)) {
                throw Invalid.argument(
                        String.format("half a surrogate pair, \\u%04X, at character %d of a text", (int) c, i),
                        "texts must be valid Unicode");
            }
        }
    }

    static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    static String quoted(List<String> parts) {
        return parts.stream().map(Names::quoted).collect(Collectors.joining("."));
    }

    /** {@code sales.orders} has two parts, {@code "sales.orders"} one, {@code "a""b"} is {@code a"b}. */
    static List<String> tableParts(String text) {
        List<String> parts = new ArrayList<>();
        int at = 0;
        while (true) {
            StringBuilder part = new StringBuilder();
            at = at < text.length() && text.charAt(at) == '"' ? quotedPart(text, at, part) : plainPart(text, at, part);
            parts.add(checked(part.toString()));
            if (parts.size() > MAX_PARTS) {
                throw badTable(text, "has more than " + MAX_PARTS + " parts");
            }
            if (at == text.length()) {
                return List.copyOf(parts);
            }
            if (text.charAt(at) != '.') {
                throw badTable(text, "goes on behind a closing quote");
            }
            at++;
        }
    }

    private static int plainPart(String text, int from, StringBuilder part) {
        int end = text.indexOf('.', from);
        end = end < 0 ? text.length() : end;
        part.append(text, from, end);
        return end;
    }

    private static int quotedPart(String text, int from, StringBuilder part) {
        for (int i = from + 1; i < text.length(); i++) {
            if (text.charAt(i) != '"') {
                part.append(text.charAt(i));
            } else if (i + 1 < text.length() && text.charAt(i + 1) == '"') {
                part.append('"');
                i++;
            } else {
                return i + 1;
            }
        }
        throw badTable(text, "has a quote that is not closed");
    }

    private static RuntimeException badTable(String text, String what) {
        return Invalid.argument(
                "the table name " + Invalid.shown(text) + " " + what,
                "separate the parts by dots, put double quotes around a part with dots or quotes, or give a list");
    }
}
