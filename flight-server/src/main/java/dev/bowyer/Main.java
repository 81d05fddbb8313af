package dev.bowyer;

import dev.bowyer.cli.Cli;
import dev.bowyer.cli.Logs;
import dev.bowyer.cli.output.Terminal;

/// The process's entry point.
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        Logs.configure();
        System.exit(Cli.run(Terminal.ofProcess(), args));
    }
}
