package dev.bowyer.config;

import java.util.function.Function;

/// How the text of one scalar becomes a value.
///
/// @param name as the reference page calls it
/// @param expected completes "expected: "
/// @param parse throws [IllegalArgumentException] for a text that does not fit
record ValueType<T>(String name, String expected, Function<String, T> parse) {}
