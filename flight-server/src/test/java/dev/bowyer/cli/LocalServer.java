package dev.bowyer.cli;

import dev.bowyer.App;
import dev.bowyer.config.Config;
import dev.bowyer.config.ConfigLoader;
import dev.bowyer.config.ListenAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;

/// A server in this process, on a free port, and client commands that ask it.
final class LocalServer implements AutoCloseable {
    private final App app;
    private CapturedTerminal last = CapturedTerminal.of("");

    private LocalServer(App app) {
        this.app = app;
    }

    /// @param datasets as on the command line of `serve`
    static LocalServer of(String... datasets) {
        Config defaults = ConfigLoader.fromEnvironmentOnly(Map.of());
        ListenAddress free = new ListenAddress("127.0.0.1", 0);
        Config config = defaults.withServer(defaults.server().withFlight(free).withHttp(free))
                .withDatasets(
                        Arrays.stream(datasets).map(DatasetArgument::parse).toList());
        return new LocalServer(App.start(config, App.BadDatasets.FAIL));
    }

    URI uri() {
        return app.flightUri();
    }

    /// Runs a client command against this server.
    int run(String... args) {
        return runWithInput("", args);
    }

    int runWithInput(String input, String... args) {
        last = CapturedTerminal.of(input);
        return last.run(Stream.concat(
                        Arrays.stream(args), Stream.of("--uri", app.flightUri().toString()))
                .toArray(String[]::new));
    }

    /// Of the last command.
    String out() {
        return last.out();
    }

    /// Of the last command.
    String err() {
        return last.err();
    }

    @Override
    public void close() {
        app.close();
    }
}
