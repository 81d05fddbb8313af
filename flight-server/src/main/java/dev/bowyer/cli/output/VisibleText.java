package dev.bowyer.cli.output;

import dev.bowyer.client.frame.value.CellText;

/// Text of other people that a terminal only shows: what would move the cursor, set colours or titles, or turn the
/// direction of a line becomes `\u001b` and the like.
public final class VisibleText {
    private VisibleText() {}

    /// Line ends and tabs stay.
    public static String lines(String text) {
        return visible(text, true);
    }

    /// Line ends and tabs become `\n`, `\r` and `\t`.
    public static String oneLine(String text) {
        return visible(text, false);
    }

    /// Whether a terminal shows every character.
    public static boolean isVisible(String text) {
        return text.codePoints().noneMatch(CellText::isUnseen);
    }

    private static String visible(String text, boolean breaks) {
        if (isVisible(text)) {
            return text;
        }
        StringBuilder visible = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(character -> {
            if (breaks && (character == '\n' || character == '\t')) {
                visible.append((char) character);
            } else {
                switch (character) {
                    case '\n' -> visible.append("\\n");
                    case '\r' -> visible.append("\\r");
                    case '\t' -> visible.append("\\t");
                    default -> append(visible, character);
                }
            }
        });
        return visible.toString();
    }

    /// The character, or its UTF-16 units as JSON has them.
    static void append(StringBuilder text, int character) {
        if (!CellText.isUnseen(character)) {
            text.appendCodePoint(character);
            return;
        }
        for (char unit : Character.toChars(character)) {
            text.append(String.format("\\u%04x", (int) unit));
        }
    }
}
