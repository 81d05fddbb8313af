package dev.bowyer.cli;

import dev.bowyer.App;
import dev.bowyer.cli.output.JsonText;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.engine.datafusion.NativeEngine;
import dev.bowyer.error.ServiceException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "version",
        description = "Shows the versions of Bowyer and of what it runs on.",
        footer = {"", "Example:", "  bowyer version --json"})
final class VersionCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Option(names = "--json", description = "Writes JSON.")
    private boolean json;

    VersionCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() {
        String java = System.getProperty("java.vendor.version", "") + " " + Runtime.version();
        NativeEngine.BuildInfo engine = engine();
        if (json) {
            terminal.out()
                    .println(JsonText.object(
                            "bowyer",
                            App.version(),
                            "java",
                            java.strip(),
                            "datafusion",
                            engine == null ? null : engine.datafusion(),
                            "arrow",
                            engine == null ? null : engine.arrow()));
        } else {
            String versions = engine == null
                    ? "no engine library; see `bowyer doctor`"
                    : "DataFusion " + engine.datafusion() + ", Arrow " + engine.arrow();
            terminal.out().println("bowyer " + App.version() + " (" + versions + ", Java " + java.strip() + ")");
        }
        return ExitCode.OK;
    }

    private static NativeEngine.@Nullable BuildInfo engine() {
        try {
            return NativeEngine.buildInfo();
        } catch (ServiceException e) {
            return null; // the version is wanted most where the installation is broken
        }
    }
}
