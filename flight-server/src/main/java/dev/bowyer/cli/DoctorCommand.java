package dev.bowyer.cli;

import dev.bowyer.cli.output.JsonText;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.config.ByteSize;
import dev.bowyer.config.Config;
import dev.bowyer.config.ConfigLoader;
import dev.bowyer.config.ListenAddress;
import dev.bowyer.config.MemoryBudget;
import dev.bowyer.engine.EngineOptions;
import dev.bowyer.engine.datafusion.NativeEngine;
import dev.bowyer.error.ServiceException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "doctor",
        description = "Checks what the server needs on this machine.",
        footer = {"", "Example:", "  bowyer doctor --listen 0.0.0.0:8815"})
final class DoctorCommand implements Callable<Integer> {
    private static final int JAVA = 25;
    private static final long MIN_MEMORY = 1L << 30;

    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:8815",
            description = "The address of Flight, which must be free. Default: ${DEFAULT-VALUE}.")
    private String listen = "127.0.0.1:8815";

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            defaultValue = "127.0.0.1:8816",
            description = "The same of HTTP; off: none. Default: ${DEFAULT-VALUE}.")
    private String http = "127.0.0.1:8816";

    @Option(names = "--json", description = "Writes JSON.")
    private boolean json;

    DoctorCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    /// One thing that was looked at.
    ///
    /// @param detail what was found, or what is wrong
    record Check(String name, boolean passed, String detail) {}

    @Override
    public Integer call() {
        ListenAddress flightAddress = ServeCommand.address(spec, "--listen", listen, "");
        Stream<Check> httpPort = http.equals("off")
                ? Stream.empty()
                : Stream.of(port("http port", ServeCommand.address(spec, "--http", http, ", or off")));
        List<Check> checks = Stream.of(
                        Stream.of(java(), nativeLibrary(), packedLibrary(), port("port", flightAddress)),
                        httpPort,
                        Stream.of(memory(), spillFolder()))
                .flatMap(part -> part)
                .toList();
        if (json) {
            terminal.out()
                    .println(JsonText.list(checks.stream()
                            .map(check -> new JsonText.Raw(JsonText.object(
                                    "check", check.name(), "passed", check.passed(), "detail", check.detail())))
                            .toList()));
        } else {
            checks.forEach(check -> terminal.out()
                    .printf("%-5s %-15s %s%n", check.passed() ? "ok" : "FAIL", check.name(), check.detail()));
        }
        return checks.stream().allMatch(Check::passed) ? ExitCode.OK : ExitCode.FAILED;
    }

    private static Check java() {
        String detail = Runtime.version() + " in " + System.getProperty("java.home");
        return new Check("java", Runtime.version().feature() >= JAVA, detail);
    }

    private static Check nativeLibrary() {
        try {
            NativeEngine.BuildInfo info = NativeEngine.buildInfo();
            String detail = info.version() + " with DataFusion " + info.datafusion() + " and Arrow " + info.arrow()
                    + ", " + info.target();
            return new Check("native library", true, detail);
        } catch (ServiceException e) {
            return new Check("native library", false, e.describe());
        } catch (LinkageError e) {
            return new Check("native library", false, e.toString());
        }
    }

    /// The launcher compares hashes, since it knows the source tree.
    private static Check packedLibrary() {
        String state = System.getProperty("bowyer.native.state", "unknown: not started by the script `bowyer`");
        return new Check("packed library", !state.startsWith("stale"), state);
    }

    private static Check port(String name, ListenAddress address) {
        if (!address.resolves()) {
            return new Check(name, false, address + ": the name does not resolve");
        }
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(address.host(), address.port()));
            return new Check(name, true, address + " is free");
        } catch (IOException e) {
            return new Check(name, false, address + ": " + e.getMessage());
        }
    }

    /// As a server without a configuration would divide it; the script gives this command the flags of one.
    private Check memory() {
        MemoryBudget budget = MemoryBudget.of(limits());
        boolean enough = budget.machine() >= MIN_MEMORY && budget.slack() >= MemoryBudget.MIN_SLACK_BYTES;
        return new Check("memory", enough, budget.describe());
    }

    private Config.Limits limits() {
        return ConfigLoader.fromEnvironmentOnly(terminal.environment()).limits();
    }

    private Check spillFolder() {
        Path named = limits().spillFolder();
        Path folder = named == null ? EngineOptions.defaultSpillFolder() : named;
        try {
            Path probe = Files.createTempFile(folder, "bowyer-doctor-", ".tmp");
            Files.delete(probe);
            long free = Files.getFileStore(folder).getUsableSpace();
            return new Check("spill folder", true, folder + ", " + ByteSize.Units.show(free) + " free");
        } catch (IOException e) {
            return new Check("spill folder", false, folder + " cannot be written: " + e);
        }
    }
}
