package dev.bowyer.cli;

import dev.bowyer.cli.output.Terminal;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The command line as a whole: which commands there are, how failures are shown, which exit codes there are.
@Command(
        name = "bowyer",
        description = "Serves data files over Arrow Flight and Flight SQL.",
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:ok", "1:failed", "2:wrong usage", "3:wrong configuration"},
        footer = {
            "",
            "Examples:",
            "  bowyer demo",
            "  bowyer serve trips=./trips.parquet ./sales/",
            "  bowyer sql \"SELECT count(*) FROM trips\""
        })
public final class Cli implements Runnable {
    private static final int WIDTH = 100;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    private Cli() {}

    /// Runs one command.
    ///
    /// @return the process's exit code
    public static int run(Terminal terminal, String... args) {
        int code;
        try {
            code = commandLine(terminal).execute(withHelpLast(args));
        } catch (OutOfMemoryError e) {
            code = outOfMemory(terminal, e);
        }
        terminal.out().flush();
        terminal.err().flush();
        return code;
    }

    /// `bowyer help serve` as `bowyer serve --help`, which is what other tools have.
    private static String[] withHelpLast(String... args) {
        if (args.length == 0 || !args[0].equals("help")) {
            return args;
        }
        String[] asked = Arrays.copyOfRange(args, 1, args.length + 1);
        asked[asked.length - 1] = "--help";
        return asked;
    }

    private static int outOfMemory(Terminal terminal, OutOfMemoryError failure) {
        new Failures(terminal)
                .show(
                        "MEMORY_LIMIT",
                        "the command's own memory is used up (" + failure.getMessage() + ")",
                        "ask for fewer or smaller rows, or give it more: BOWYER_JAVA_OPTS=-Xmx4g");
        return ExitCode.FAILED;
    }

    static CommandLine commandLine(Terminal terminal) {
        CommandLine cli = new CommandLine(new Cli())
                .addSubcommand(new DemoCommand(terminal))
                .addSubcommand(new ServeCommand(terminal))
                .addSubcommand(new SqlTextCommand(terminal))
                .addSubcommand(new ShellCommand(terminal))
                .addSubcommand(new DatasetsCommand(terminal))
                .addSubcommand(new DescribeCommand(terminal))
                .addSubcommand(new TableRowsCommand.Snapshots(terminal))
                .addSubcommand(new TableRowsCommand.Files(terminal))
                .addSubcommand(new ExplainCommand(terminal))
                .addSubcommand(new DoctorCommand(terminal))
                .addSubcommand(new LauncherCommands.Test())
                .addSubcommand(new LauncherCommands.Native())
                .addSubcommand(new LauncherCommands.Image())
                .addSubcommand(new VersionCommand(terminal))
                .setUsageHelpWidth(WIDTH)
                .setColorScheme(
                        CommandLine.Help.defaultColorScheme(terminal.person().readsOutput() ? Ansi.AUTO : Ansi.OFF))
                .setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8))
                .setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8))
                .setCaseInsensitiveEnumValuesAllowed(true);
        Failures failures = new Failures(terminal);
        cli.setExecutionExceptionHandler(failures);
        cli.setParameterExceptionHandler(failures);
        addHelpOption(cli);
        cli.getSubcommands().values().forEach(Cli::addHelpOption);
        return cli;
    }

    private static void addHelpOption(CommandLine command) {
        command.getCommandSpec()
                .addOption(CommandLine.Model.OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Shows this text.")
                        .build());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "a command is missing");
    }
}
