package dev.bowyer.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// The SQL text of a command: an argument, a file or stdin.
final class StatementArgument {
    @Parameters(paramLabel = "SQL", arity = "0..1", description = "The statement; - reads it from stdin.")
    private @Nullable String sql;

    @Option(names = "--file", paramLabel = "FILE", description = "Reads the statement from this file.")
    private @Nullable Path file;

    /// @throws ParameterException when there is none, or two
    String read(CommandLine command, InputStream in) {
        if ((sql == null) == (file == null)) {
            throw new ParameterException(command, "one statement is wanted: as SQL, as --file FILE, or as - for stdin");
        }
        String text;
        String source = file == null ? "stdin" : "--file " + file;
        try {
            if (file != null) {
                text = Files.readString(file);
            } else if ("-".equals(sql)) {
                text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } else {
                text = String.valueOf(sql);
            }
        } catch (IOException e) {
            throw new ParameterException(
                    command, source + ": cannot be read (" + e.getClass().getSimpleName() + ")", e);
        }
        if (text.isBlank()) {
            throw new ParameterException(command, "the statement is empty");
        }
        return text;
    }
}
