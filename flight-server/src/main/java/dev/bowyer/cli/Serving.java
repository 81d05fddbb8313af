package dev.bowyer.cli;

import dev.bowyer.App;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.config.Config;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.connect.ConnectSnippets;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server in the foreground: says when it is ready and how to connect. The first signal drains it and ends it with
/// exit code 0; a second one ends it at once with 1.
final class Serving {
    private static final Logger LOG = LoggerFactory.getLogger("dev.bowyer.server");

    private Serving() {}

    /// Returns when a signal has ended the server.
    ///
    /// @return the exit code
    static int run(Terminal terminal, Config config, App.BadDatasets badDatasets) throws InterruptedException {
        Logs.write(config.telemetry().logFormat());
        App app = App.start(config, badDatasets);
        Failures failures = new Failures(terminal);
        for (ServiceException skipped : app.skipped()) {
            failures.show(skipped.code().name(), "skipped: " + skipped.getMessage(), skipped.hint());
        }
        StopSignals signals = StopSignals.listen();
        app.report().forEach(LOG::info);
        terminal.out().println(readyLine(app));
        terminal.out().println();
        terminal.out()
                .print(ConnectSnippets.of(app.asServer(), app.datasetNames()).forConsole());
        terminal.out().flush();
        signals.await();
        LOG.info(
                "stopping: no new requests, running ones may take {} s",
                config.server().drain().toSeconds());
        return stop(terminal, app);
    }

    private static String readyLine(App app) {
        long started = ManagementFactory.getRuntimeMXBean().getStartTime();
        double seconds = (System.currentTimeMillis() - started) / 1000.0;
        String line = String.format(
                Locale.ROOT,
                "Bowyer is ready: flight=%s%s datasets=%d in %.1f s",
                app.flightUri(),
                app.httpUri() == null ? "" : " http=" + app.httpUri(),
                app.datasetNames().size(),
                seconds);
        return app.skipped().isEmpty()
                ? line
                : line + " skipped=" + app.skipped().size();
    }

    private static int stop(Terminal terminal, App app) {
        int code = ExitCode.OK;
        try {
            app.close();
            LOG.info("stopped");
        } catch (RuntimeException e) {
            new Failures(terminal).show("INTERNAL", "the server did not stop cleanly: " + e, null);
            code = ExitCode.FAILED;
        }
        terminal.out().flush();
        return code;
    }
}
