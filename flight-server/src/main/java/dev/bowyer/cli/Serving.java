package dev.bowyer.cli;

import dev.bowyer.App;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.config.Config;
import dev.bowyer.config.LogFormat;
import dev.bowyer.error.ServiceException;
import dev.bowyer.http.connect.ConnectSnippets;
import dev.bowyer.telemetry.log.JsonLines;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.logging.Level;
import java.util.logging.LogRecord;
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
        boolean isJson = config.telemetry().logFormat() == LogFormat.JSON;
        tellSkipped(terminal, app, isJson);
        StopSignals signals = StopSignals.listen();
        app.report().forEach(LOG::info);
        tellReady(terminal, app, isJson);
        signals.await();
        LOG.info(
                "stopping: no new requests, running ones may take {} s; a second signal ends them at once",
                config.server().drain().toSeconds());
        return stop(terminal, app);
    }

    private static void tellSkipped(Terminal terminal, App app, boolean isJson) {
        Failures failures = new Failures(terminal);
        for (ServiceException skipped : app.skipped()) {
            if (isJson) {
                LOG.error("skipped: {}", skipped.describe());
            } else {
                failures.show(skipped.code().name(), "skipped: " + skipped.getMessage(), skipped.hint());
            }
        }
    }

    /// Whoever wants JSON reads both streams by a program, which has no use for the snippets.
    private static void tellReady(Terminal terminal, App app, boolean isJson) {
        if (isJson) {
            LogRecord line = new LogRecord(Level.INFO, readyLine(app));
            line.setLoggerName(LOG.getName());
            terminal.out().print(new JsonLines().format(line));
        } else {
            terminal.out().println(readyLine(app));
            terminal.out().println();
            terminal.out()
                    .print(ConnectSnippets.of(app.asServer(), app.datasetNames())
                            .forConsole());
        }
        terminal.out().flush();
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
