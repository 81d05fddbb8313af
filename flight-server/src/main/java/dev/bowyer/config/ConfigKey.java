package dev.bowyer.config;

import org.jspecify.annotations.Nullable;

/// One key of the configuration file.
///
/// @param path from the top, with dots; `[]` after the name of a list
/// @param required whether its absence is an error
/// @param defaultText what holds when it is absent, as it would be written; null: nothing
/// @param description one sentence or two for the reference page
record ConfigKey<T>(
        String path,
        ValueType<T> type,
        boolean required,
        @Nullable String defaultText,
        String description) {

    static <T> ConfigKey<T> withDefault(String path, ValueType<T> type, String defaultText, String description) {
        return new ConfigKey<>(path, type, false, defaultText, description);
    }

    static <T> ConfigKey<T> optional(String path, ValueType<T> type, String description) {
        return new ConfigKey<>(path, type, false, null, description);
    }

    static <T> ConfigKey<T> required(String path, ValueType<T> type, String description) {
        return new ConfigKey<>(path, type, true, null, description);
    }

    /// The last part of the path.
    String name() {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    /// The environment variable that overrides it; null for keys inside lists, which have none.
    @Nullable
    String variable() {
        return path.contains("[]")
                ? null
                : "BOWYER_"
                        + path.toUpperCase(java.util.Locale.ROOT)
                                .replace('.', '_')
                                .replace('-', '_');
    }
}
