package dev.bowyer.cli;

import dev.bowyer.App;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.config.Config;
import dev.bowyer.config.Config.DatasetEntry;
import dev.bowyer.config.ConfigLoader;
import dev.bowyer.config.ListenAddress;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "serve",
        description = "Serves data files until it is told to stop.",
        footer = {
            "",
            "Examples:",
            "  bowyer serve ./trips.parquet",
            "  bowyer serve trips=./2026/*.parquet orders=./orders/ --listen 127.0.0.1:0",
            "  bowyer serve --config bowyer.yaml --skip-bad"
        })
final class ServeCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli fills it in before anything runs
    private CommandSpec spec;

    @Parameters(
            paramLabel = "DATASET",
            arity = "0..*",
            description = "name=location or location: a file, a folder (with its subfolders) or a quoted glob.")
    private List<String> datasets = new ArrayList<>();

    @Option(names = "--config", paramLabel = "FILE", description = "The configuration file (YAML).")
    private @Nullable Path config;

    @Option(
            names = "--listen",
            paramLabel = "HOST:PORT",
            description = "Where Flight is served; port 0 picks a free one. Default: 127.0.0.1:8815.")
    private @Nullable String listen;

    @Option(names = "--skip-bad", description = "Starts without the datasets that cannot be opened, and reports them.")
    private boolean skipBad;

    @Option(
            names = "--http",
            paramLabel = "HOST:PORT",
            description = "Where HTTP is served; port 0 picks a free one, off: nowhere. Default: 127.0.0.1:8816.")
    private @Nullable String http;

    @Option(names = "--insecure", description = "Allows an address that other machines reach, without TLS.")
    private boolean insecure;

    ServeCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (datasets.isEmpty() && config == null) {
            throw new ParameterException(
                    spec.commandLine(), "nothing to serve: name a file, a folder or a --config (or try `bowyer demo`)");
        }
        Config effective = effectiveConfig();
        checkAddresses(effective.server(), insecure);
        return Serving.run(terminal, effective, skipBad ? App.BadDatasets.SKIP : App.BadDatasets.FAIL);
    }

    private Config effectiveConfig() {
        Config base = config == null
                ? ConfigLoader.fromEnvironmentOnly(terminal.environment())
                : ConfigLoader.load(config, terminal.environment());
        List<DatasetEntry> all = Stream.concat(
                        base.datasets().stream(), datasets.stream().map(DatasetArgument::parse))
                .toList();
        return base.withDatasets(DatasetArgument.distinct(all, base.redaction()))
                .withServer(listening(spec, base.server(), listen, http));
    }

    /// @param listen of `--listen`; null: as configured
    /// @param http of `--http`; null: as configured
    static Config.Server listening(
            CommandSpec spec, Config.Server configured, @Nullable String listen, @Nullable String http) {
        Config.Server server =
                listen == null ? configured : configured.withFlight(address(spec, "--listen", listen, ""));
        if (http == null) {
            return server;
        }
        return server.withHttp(http.equals("off") ? null : address(spec, "--http", http, ", or off"));
    }

    static ListenAddress address(CommandSpec spec, String option, String text, String orElse) {
        try {
            return ListenAddress.parse(text);
        } catch (IllegalArgumentException e) {
            String example = option.equals("--http") ? "127.0.0.1:8816" : "127.0.0.1:8815";
            throw new ParameterException(
                    spec.commandLine(),
                    option + ": \"" + text + "\" (expected: HOST:PORT, such as " + example + orElse + ")",
                    e);
        }
    }

    static void checkAddresses(Config.Server server, boolean insecure) {
        checkAddress(server.flight(), insecure);
        if (server.http() != null) {
            checkAddress(server.http(), insecure);
        }
    }

    private static void checkAddress(ListenAddress address, boolean insecure) {
        if (!address.resolves()) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG,
                    "cannot listen on " + address + ": no machine is known by the name \"" + address.host() + "\"",
                    "127.0.0.1 is this machine; 0.0.0.0 means all its addresses");
        }
        if (!insecure && !address.isLoopback()) {
            throw new ServiceException(
                    ErrorCode.INVALID_CONFIG,
                    "other machines reach " + address + ", and there is no TLS: data and passwords travel in the clear",
                    "listen on 127.0.0.1, or say --insecure if the network is trusted");
        }
    }
}
