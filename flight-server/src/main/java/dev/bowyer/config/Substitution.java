package dev.bowyer.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Puts environment variables and the content of files in the place of `${env:NAME}` and `${file:/path}`. What comes
/// out may be a secret: it goes into values, never into messages.
final class Substitution {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]*)}");
    /// Largest file that a value may come from, in bytes.
    private static final long MAX_FILE_BYTES = 1 << 20;

    /// In the place of a secret that no reference stands for.
    static final String HIDDEN = "(hidden)";

    private final Map<String, String> environment;
    private final Map<String, String> references = new HashMap<>();

    Substitution(Map<String, String> environment) {
        this.environment = environment;
    }

    /// Whether the text is one reference and nothing else.
    static boolean isReference(String text) {
        return REFERENCE.matcher(text).matches();
    }

    /// @throws IllegalArgumentException with a message for the operator, which holds no value
    String apply(String text) {
        Matcher reference = REFERENCE.matcher(text);
        StringBuilder result = new StringBuilder();
        while (reference.find()) {
            String value = resolve(reference.group(1));
            references.put(value, reference.group());
            reference.appendReplacement(result, Matcher.quoteReplacement(value));
        }
        return reference.appendTail(result).toString();
    }

    /// Keeps a secret out of messages that stands in the file as it is.
    void hide(String secret) {
        references.putIfAbsent(secret, HIDDEN);
    }

    /// Of all references so far.
    Redaction redaction() {
        return new Redaction(references);
    }

    private String resolve(String reference) {
        if (reference.startsWith("env:")) {
            String name = reference.substring(4);
            String value = environment.get(name);
            if (value == null) {
                throw new IllegalArgumentException(
                        "${" + reference + "}: environment variable " + name + " is not set");
            }
            return value;
        }
        if (reference.startsWith("file:")) {
            return read(reference);
        }
        throw new IllegalArgumentException(
                "${" + reference + "}: unknown reference (expected: ${env:NAME}, ${file:PATH})");
    }

    private static String read(String reference) {
        try {
            Path path = Path.of(reference.substring(5));
            if (Files.size(path) > MAX_FILE_BYTES) {
                throw new IllegalArgumentException("${" + reference + "}: over " + MAX_FILE_BYTES + " bytes");
            }
            return Files.readString(path).stripTrailing();
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException(
                    "${" + reference + "}: cannot be read (" + e.getClass().getSimpleName() + ")", e);
        }
    }
}
