package dev.bowyer.cli;

import dev.bowyer.cli.output.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "sql",
        description = "Runs a query and shows or saves its rows.",
        footer = {
            "",
            "Examples:",
            "  bowyer sql \"SELECT * FROM trips LIMIT 10\"",
            "  bowyer sql \"SELECT * FROM trips WHERE day = $day\" --param day=2026-01-31",
            "  bowyer sql --file report.sql --format csv > report.csv",
            "  echo \"SELECT 1\" | bowyer sql - -o one.parquet"
        })
final class SqlTextCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    @Mixin
    private ServerOption server = new ServerOption();

    @Mixin
    private StatementArgument statement = new StatementArgument();

    @Mixin
    private ParameterOption parameters = new ParameterOption();

    @Mixin
    private RowsOutput output = new RowsOutput();

    SqlTextCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        String sql = statement.read(spec.commandLine(), terminal.in());
        return output.run(terminal, server, sql, parameters.values());
    }
}
