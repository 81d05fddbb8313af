package dev.bowyer.http.exchange;

import org.jspecify.annotations.Nullable;

/// A message that may end with a line of the statement and carets under the place: a sentence and a picture.
///
/// @param picture two lines, to be shown in a font of one width; null: the message has none
record Caret(String sentence, @Nullable String picture) {
    static Caret in(String message) {
        int carets = message.lastIndexOf('\n');
        int line = carets < 0 ? -1 : message.lastIndexOf('\n', carets - 1);
        String last = message.substring(carets + 1);
        boolean isPicture = line >= 0 && !last.isBlank() && last.strip().chars().allMatch(c -> c == '^');
        return isPicture
                ? new Caret(message.substring(0, line), message.substring(line + 1))
                : new Caret(message, null);
    }
}
