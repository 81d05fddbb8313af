package dev.bowyer.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Puts environment variables and the content of files in the place of `${env:NAME}` and `${file:/path}`. What comes
/// out may be a secret: it goes into values, never into messages.
final class Substitution {
    private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]*)}");
    /// Largest file that a value may come from, in bytes.
    private static final long MAX_FILE_BYTES = 1 << 20;

    private final UnaryOperator<@Nullable String> environment;

    /// @param environment gives null for a variable that is not set
    Substitution(UnaryOperator<@Nullable String> environment) {
        this.environment = environment;
    }

    /// @throws IllegalArgumentException with a message for the operator, which holds no value
    String apply(String text) {
        Matcher reference = REFERENCE.matcher(text);
        StringBuilder result = new StringBuilder();
        while (reference.find()) {
            reference.appendReplacement(result, Matcher.quoteReplacement(resolve(reference.group(1))));
        }
        return reference.appendTail(result).toString();
    }

    private String resolve(String reference) {
        if (reference.startsWith("env:")) {
            String name = reference.substring(4);
            String value = environment.apply(name);
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
