package dev.bowyer.cli.shell;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/// What begins with a backslash: one line, for the shell itself.
enum Command {
    DESCRIBE("\\d", "[NAME]", "lists the datasets, or the columns of one"),
    EXPANDED("\\x", "[on|off]", "a line a value, for rows wider than the screen"),
    FORMAT("\\format", "[FORMAT]", "table, md, csv, json or ndjson"),
    ROWS("\\rows", "[N]", "most rows that a table shows; 0: as many as it can"),
    TIMING("\\timing", "[on|off]", "shows how long each statement took"),
    OUTPUT("\\o", "FILE", "saves the rows of the next statement: csv, json, ndjson, arrow or parquet, by the ending"),
    INCLUDE("\\i", "FILE", "runs the statements of a file; stops at its first error"),
    REFRESH("\\refresh", "", "reads the names for completion again"),
    HELP("\\?", "", "shows this text"),
    QUIT("\\q", "", "ends the shell, as Ctrl-D does");

    private final String name;
    private final String argument;
    private final String description;

    Command(String name, String argument, String description) {
        this.name = name;
        this.argument = argument;
        this.description = description;
    }

    /// A command as it was typed.
    ///
    /// @param argument empty when there is none
    record Line(Command command, String argument) {}

    /// @throws ServiceException INVALID_ARGUMENT when there is no such command
    static Line parse(String text) {
        String line = text.strip().replaceFirst(";\\s*$", "");
        String[] words = line.split("\\s+", 2);
        for (Command command : values()) {
            if (command.name.equals(words[0])) {
                return new Line(command, words.length > 1 ? words[1].strip() : "");
            }
        }
        throw new ServiceException(ErrorCode.INVALID_ARGUMENT, words[0] + ": no such command", "\\? lists them");
    }

    static boolean begins(String line) {
        return line.stripLeading().startsWith("\\");
    }

    static List<String> names() {
        return Arrays.stream(values()).map(command -> command.name).toList();
    }

    static String help() {
        return Arrays.stream(values())
                .map(command -> String.format(
                        "  %-18s %s", (command.name + " " + command.argument).strip(), command.description))
                .collect(Collectors.joining(
                        "\n", "A statement ends with ; and may have several lines. Ctrl-C cancels it.\n", ""));
    }
}
