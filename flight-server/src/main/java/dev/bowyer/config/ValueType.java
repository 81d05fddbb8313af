package dev.bowyer.config;

import java.util.function.Function;

/// How the text of one scalar becomes a value.
///
/// @param name as the reference page calls it
/// @param expected completes "expected: "
/// @param parse throws [IllegalArgumentException] for a text that does not fit
/// @param secret whether a message may not show the text
record ValueType<T>(String name, String expected, Function<String, T> parse, boolean secret) {
    ValueType(String name, String expected, Function<String, T> parse) {
        this(name, expected, parse, false);
    }

    static <T> ValueType<T> ofSecret(String name, String expected, Function<String, T> parse) {
        return new ValueType<>(name, expected, parse, true);
    }
}
