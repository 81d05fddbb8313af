package dev.bowyer.cli;

import dev.bowyer.cli.output.QueryRun;
import dev.bowyer.cli.output.RowFormat;
import dev.bowyer.cli.output.RowTarget;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.cli.output.TextTable;
import dev.bowyer.client.BowyerClient;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where the rows of a query go, and in which form: an option of every command that shows rows.
final class RowsOutput {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "${COMPLETION-CANDIDATES}. Default: by the ending of -o, or table.")
    private @Nullable RowFormat format;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Writes to this file and not to stdout.")
    private @Nullable Path output;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "100",
            description = "Most rows that table and md show; 0: as many as they can (" + TextTable.MAX_ROWS
                    + "). Default: ${DEFAULT-VALUE}.")
    private long rows = 100;

    /// Runs `sql` and writes its rows.
    int run(Terminal terminal, ServerOption server, String sql, Map<String, @Nullable Object> parameters) {
        RowTarget target = target(terminal);
        try (BowyerClient client = server.connect(terminal)) {
            QueryRun.of(client, sql, parameters).write(terminal, target, "--");
        }
        return ExitCode.OK;
    }

    private RowTarget target(Terminal terminal) {
        RowFormat chosen = chosenFormat();
        if (rows < 0) {
            throw usage("--rows: " + rows + " (expected: 0 or more)");
        }
        if (chosen.isForPeople() && output != null) {
            throw usage("--format " + chosen + " goes to stdout; a file wants csv, json, ndjson, arrow or parquet");
        }
        if (chosen.isBinary() && output == null && terminal.person().readsOutput()) {
            throw usage("--format " + chosen + " is not for a terminal; name a file with -o, or pipe stdout into one");
        }
        return new RowTarget(chosen, output, rows, false);
    }

    private RowFormat chosenFormat() {
        if (format != null) {
            return format;
        }
        if (output == null) {
            return RowFormat.table;
        }
        RowFormat known = RowFormat.ofEnding(output);
        if (known == null) {
            throw usage("-o " + output + ": no format has this ending; name one with --format");
        }
        return known;
    }

    private ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
