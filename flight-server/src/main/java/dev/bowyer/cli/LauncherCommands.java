package dev.bowyer.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Commands of the `bowyer` script itself, which needs the source tree for them. Here for the help text only.
final class LauncherCommands {
    private LauncherCommands() {}

    @Command(
            name = "test",
            description = "Runs all tests of the tree, or the named parts. Needs the source tree.",
            footer = {"", "Examples:", "  bowyer test", "  bowyer test java clients", "  bowyer test --containers"})
    static final class Test extends InSourceTree {
        @Parameters(paramLabel = "PART", description = "java, native, clients or deploy. Default: all.", arity = "0..*")
        private List<String> parts = List.of();

        @Option(
                names = "--containers",
                description = "Builds the container image and drives it. Needs docker; alone, without parts.")
        private boolean containers;

        @Override
        List<String> arguments() {
            return containers ? List.of("--containers") : parts;
        }
    }

    @Command(
            name = "image",
            description = "Builds the container image bowyer:local. Needs the source tree and docker.",
            footer = {"", "Examples:", "  bowyer image", "  bowyer image --pull"})
    static final class Image extends InSourceTree {
        @Option(
                names = "--pull",
                description = "Starts from images of a registry. Default: from ones made here, which needs root.")
        private boolean pull;

        @Override
        List<String> arguments() {
            return pull ? List.of("--pull") : List.of();
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
