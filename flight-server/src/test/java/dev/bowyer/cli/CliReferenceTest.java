package dev.bowyer.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.bowyer.ReferencePage;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;

final class CliReferenceTest {
    @Test
    void pageIsUpToDate() throws IOException {
        CommandLine cli = Cli.commandLine(CapturedTerminal.of("").terminal());
        StringBuilder page = new StringBuilder("""
                # Command line

                `./bowyer COMMAND` in the source tree. Errors go to stderr as `error[CODE]: message`, with a `hint:` below it where
                there is a next step. Flags for the JVM: the environment variable `BOWYER_JAVA_OPTS`.
                """);
        append(page, cli);
        cli.getSubcommands().values().forEach(command -> append(page, command));
        ReferencePage.check("cli.md", page.toString());
    }

    @Test
    void everyCommandHasAnExample() {
        Cli.commandLine(CapturedTerminal.of("").terminal())
                .getSubcommands()
                .forEach((name, command) -> assertThat(String.join(
                                "\n", command.getCommandSpec().usageMessage().footer()))
                        .as(name)
                        .contains("  bowyer " + name));
    }

    private static void append(StringBuilder page, CommandLine command) {
        page.append("\n## ").append(command.getCommandSpec().qualifiedName()).append("\n\n```\n");
        page.append(command.getUsageMessage(Ansi.OFF).replaceAll("[ \\t]+\\n", "\n"));
        page.append("```\n");
    }
}
