package dev.bowyer.config;

import java.util.Comparator;
import java.util.List;
import java.util.Map;

/// Takes values that came from `${env:NAME}` or `${file:PATH}` out of a text again.
///
/// @param references what stands in the file, by the value that it stands for
public record Redaction(Map<String, String> references) {
    /// A shorter value is no secret, and would be found in the middle of words.
    private static final int SHORTEST = 4;

    public Redaction {
        references = Map.copyOf(references);
    }

    /// Without the values, which may be secrets.
    @Override
    public String toString() {
        return "Redaction[" + references.size() + " values]";
    }

    /// The text with the references in the place of their values.
    public String apply(String text) {
        List<String> longestFirst = references.keySet().stream()
                .filter(value -> value.length() >= SHORTEST)
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
        String result = text;
        for (String value : longestFirst) {
            result = result.replace(value, references.get(value));
        }
        return result;
    }
}
