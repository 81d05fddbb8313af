package dev.bowyer.config;

/// What log lines look like.
public enum LogFormat {
    /// For people.
    TEXT,
    /// One JSON object a line.
    JSON;

    /// @throws IllegalArgumentException for another text than `text` and `json`
    static LogFormat parse(String text) {
        return switch (text) {
            case "text" -> TEXT;
            case "json" -> JSON;
            default -> throw new IllegalArgumentException(text);
        };
    }
}
