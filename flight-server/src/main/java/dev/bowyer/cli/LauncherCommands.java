package dev.bowyer.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Commands of the `bowyer` script itself, which needs the source tree for them. Here for the help text only.
final class LauncherCommands {
    private LauncherCommands() {}

    @Command(
            name = "test",
            description = "Runs everything that CI runs, or the named parts. Needs the source tree.",
            footer = {"", "Examples:", "  bowyer test", "  bowyer test java clients"})
    static final class Test extends InSourceTree {
        @Parameters(paramLabel = "PART", description = "java, native or clients. Default: all.", arity = "0..*")
        private List<String> parts = List.of();

        @Override
        List<String> arguments() {
            return parts;
        }
    }

    @Command(
            name = "native",
            description = "Builds and packs the native library, or verifies the packed one. Needs the source tree.",
            footer = {"", "Examples:", "  bowyer native build", "  bowyer native verify"})
    static final class Native extends InSourceTree {
        @Parameters(paramLabel = "build|verify", description = "What to do.")
        private String action = "";

        @Override
        List<String> arguments() {
            return List.of(action);
        }
    }

    abstract static sealed class InSourceTree implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
        private CommandSpec spec;

        abstract List<String> arguments();

        @Override
        public Integer call() {
            String command = spec.name() + " " + String.join(" ", arguments());
            throw new ParameterException(
                    spec.commandLine(), command.strip() + ": only the script `bowyer` in the source tree can do that");
        }
    }
}
