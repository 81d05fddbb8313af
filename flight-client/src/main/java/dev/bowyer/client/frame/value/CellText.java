package dev.bowyer.client.frame.value;

import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One value on one line of a terminal, not longer than asked. */
public final class CellText {
    private static final String NULL = "null";
    private static final String CUT = "…";

    private CellText() {}

    /** The value as text of at most {@code longest} places of a terminal; what is cut ends in an ellipsis. */
    public static String of(@Nullable Object value, int longest) {
        StringBuilder text = new StringBuilder();
        append(text, value, longest);
        return cut(text, longest);
    }

    /** No more is written than can be shown: a cell may hold a list of millions. */
    private static void append(StringBuilder text, @Nullable Object value, int longest) {
        if (text.length() > longest) {
            return;
        }
        if (value == null) {
            text.append(NULL);
        } else if (value instanceof String string) {
            escape(text, string, longest);
        } else if (value instanceof byte[] bytes) {
            int shown = Math.min(bytes.length, longest);
            text.append("0x").append(HexFormat.of().formatHex(bytes, 0, shown));
        } else if (value instanceof BigDecimal decimal) {
            text.append(Math.abs((long) decimal.scale()) <= longest ? decimal.toPlainString() : decimal.toString());
        } else if (value instanceof List<?> list) {
            appendAll(text.append('['), list.iterator(), longest);
            text.append(']');
        } else if (value instanceof Map<?, ?> map) {
            appendAll(text.append('{'), map.entrySet().iterator(), longest);
            text.append('}');
        } else if (value instanceof Map.Entry<?, ?> entry) {
            append(text, entry.getKey(), longest);
            text.append(": ");
            append(text, entry.getValue(), longest);
        } else {
            escape(text, value.toString(), longest);
        }
    }

    private static void appendAll(StringBuilder text, Iterator<? extends @Nullable Object> values, int longest) {
        String comma = "";
        while (values.hasNext() && text.length() <= longest) {
            text.append(comma);
            append(text, values.next(), longest);
            comma = ", ";
        }
    }

    private static void escape(StringBuilder text, String string, int longest) {
        int end = text.length() + longest + 1;
        for (int i = 0; i < string.length() && text.length() <= end; ) {
            int character = string.codePointAt(i);
            i += Character.charCount(character);
            switch (character) {
                case '\n' -> text.append("\\n");
                case '\r' -> text.append("\\r");
                case '\t' -> text.append("\\t");
                default -> {
                    if (isUnseen(character)) {
                        text.append(String.format("\\u%04x", character));
                    } else {
                        text.appendCodePoint(character);
                    }
                }
            }
        }
    }

    /** Characters that would move the cursor, change colours or turn the direction of a line. */
    public static boolean isUnseen(int character) {
        return switch (Character.getType(character)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR -> true;
            default -> false;
        };
    }

    private static String cut(CharSequence text, int longest) {
        int width = 0;
        int room = longest - CUT.length();
        int keep = 0;
        for (int i = 0; i < text.length(); ) {
            int character = Character.codePointAt(text, i);
            int end = i + Character.charCount(character);
            width += width(character);
            if (width <= room) {
                keep = end;
            }
            if (width > longest) {
                return text.subSequence(0, keep) + CUT;
            }
            i = end;
        }
        return text.toString();
    }

    /** Places of a terminal that a text takes: two for the wide characters of East Asia and emoji, none for marks. */
    public static int width(String text) {
        return text.codePoints().map(CellText::width).sum();
    }

    private static int width(int character) {
        int type = Character.getType(character);
        if (type == Character.NON_SPACING_MARK || type == Character.ENCLOSING_MARK) {
            return 0;
        }
        return isWide(character) ? 2 : 1;
    }

    /** Unicode's East Asian Width W and F, by block. */
    private static boolean isWide(int character) {
        return within(character, 0x1100, 0x115f)
                || within(character, 0x2e80, 0x303e)
                || within(character, 0x3041, 0xa4cf)
                || within(character, 0xac00, 0xd7a3)
                || within(character, 0xf900, 0xfaff)
                || within(character, 0xfe30, 0xfe6f)
                || within(character, 0xff00, 0xff60)
                || within(character, 0xffe0, 0xffe6)
                || within(character, 0x1f300, 0x1f64f)
                || within(character, 0x1f680, 0x1f6ff)
                || within(character, 0x1f900, 0x1f9ff)
                || within(character, 0x20000, 0x3fffd);
    }

    private static boolean within(int character, int first, int last) {
        return character >= first && character <= last;
    }
}
