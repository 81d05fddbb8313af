package dev.bowyer.cli;

import dev.bowyer.cli.output.ShownValue;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.cli.output.VisibleText;
import dev.bowyer.client.BowyerClient;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.value.ValueReader;
import dev.bowyer.engine.ExplainFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
        name = "explain",
        description = "Shows how a query is going to run.",
        footer = {
            "",
            "Examples:",
            "  bowyer explain \"SELECT count(*) FROM trips\" --format tree",
            "  bowyer explain \"SELECT count(*) FROM trips\" --analyze"
        })
final class ExplainCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private StatementArgument statement = new StatementArgument();

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            defaultValue = "indent",
            description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Format format = Format.indent;

    @Option(names = "--analyze", description = "Runs the query and shows what each step did; format indent only.")
    private boolean analyze;

    ExplainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /// The names are what the user types and what EXPLAIN knows.
    enum Format {
        indent,
        tree,
        graphviz,
        pgjson
    }

    @Override
    public Integer call() {
        String sql = statement.read(spec.commandLine(), terminal.in());
        if (analyze && format != Format.indent) {
            throw new ParameterException(spec.commandLine(), "--analyze has the format indent only");
        }
        if (ExplainFormat.isExplain(sql)) {
            throw new ParameterException(spec.commandLine(), "the statement itself is wanted, without EXPLAIN");
        }
        try (BowyerClient client = server.connect(terminal);
                BatchStream result = client.sql(prefix() + "\n" + sql).stream()) {
            result.drain(this::print);
        }
        return ExitCode.OK;
    }

    private String prefix() {
        return analyze ? "EXPLAIN ANALYZE" : "EXPLAIN FORMAT " + format.name().toUpperCase(Locale.ROOT);
    }

    /// The answer has a column with the kind of plan and one with its text.
    private void print(Batch batch) {
        List<ValueReader> columns = ShownValue.readers(batch);
        for (int row = 0; row < batch.rowCount(); row++) {
            if (format == Format.indent && columns.size() > 1) {
                terminal.out().println(text(columns.getFirst(), row) + ":");
            }
            terminal.out().println(text(columns.getLast(), row));
        }
    }

    private static String text(ValueReader column, int row) {
        return VisibleText.lines(String.valueOf(column.get(row)));
    }
}
