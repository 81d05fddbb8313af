package dev.bowyer.cli;

import dev.bowyer.cli.output.RowFormat;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.cli.shell.LineConsole;
import dev.bowyer.cli.shell.Script;
import dev.bowyer.cli.shell.Session;
import dev.bowyer.client.BowyerClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "shell",
        description = {
            "Runs statements as they are typed: with history, completion (TAB), and commands such as \\d; \\? lists them."
                    + " Without a terminal, runs those on stdin and stops at the first error."
        },
        footer = {
            "",
            "Examples:",
            "  bowyer shell --uri grpc://127.0.0.1:8815",
            "  bowyer shell --file report.sql --format csv > report.csv"
        })
final class ShellCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    @Mixin
    private ServerOption server = new ServerOption();

    @Option(names = "--file", paramLabel = "FILE", description = "Runs the statements of this file, and ends.")
    private @Nullable Path file;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "table",
            description = "table, md, csv, json, ndjson. Default: ${DEFAULT-VALUE}.")
    private RowFormat format = RowFormat.table;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "100",
            description = "Most rows that table and md show; 0: as many as they can. Default: ${DEFAULT-VALUE}.")
    private long rows = 100;

    ShellCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        if (format.isBinary()) {
            throw usage("--format " + format + " is for files: \\o FILE in the shell, or sql -o FILE");
        }
        if (rows < 0) {
            throw usage("--rows: " + rows + " (expected: 0 or more)");
        }
        try (BufferedReader script = script();
                BowyerClient client = server.connect(terminal);
                Session session = new Session(client, terminal, format, rows)) {
            if (script == null) {
                LineConsole.run(session, terminal);
            } else {
                Script.run(session, script);
            }
        }
        return ExitCode.OK;
    }

    /// Null for a person.
    private @Nullable BufferedReader script() {
        if (file == null) {
            return terminal.person().types()
                    ? null
                    : new BufferedReader(new InputStreamReader(terminal.in(), StandardCharsets.UTF_8));
        }
        try {
            return Files.newBufferedReader(file);
        } catch (IOException e) {
            throw usage("--file " + file + ": cannot be read (" + e.getClass().getSimpleName() + ")");
        }
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
