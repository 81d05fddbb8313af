package dev.bowyer.cli;

import dev.bowyer.App;
import dev.bowyer.cli.output.Terminal;
import dev.bowyer.config.Config;
import dev.bowyer.error.ServiceException;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/// A server in the foreground: says when it is ready and how to connect; SIGTERM and SIGINT end it with exit code 0.
final class Serving {
    private Serving() {}

    /// Does not return once the server has started: the signal ends the process.
    static int run(Terminal terminal, Config config, App.BadDatasets badDatasets) throws InterruptedException {
        App app = App.start(config, badDatasets);
        Failures failures = new Failures(terminal);
        for (ServiceException skipped : app.skipped()) {
            failures.show(skipped.code().name(), "skipped: " + skipped.getMessage(), skipped.hint());
        }
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(() -> stop(terminal, app)));
        terminal.out().println(readyLine(app));
        terminal.out().println();
        terminal.out().print(ConnectSnippets.of(app.flightUri(), app.datasetNames()));
        terminal.out().flush();
        new CountDownLatch(1).await();
        return ExitCode.OK;
    }

    private static String readyLine(App app) {
        long started = ManagementFactory.getRuntimeMXBean().getStartTime();
        double seconds = (System.currentTimeMillis() - started) / 1000.0;
        String line = String.format(
                Locale.ROOT,
                "Bowyer is ready: flight=%s datasets=%d in %.1f s",
                app.flightUri(),
                app.datasetNames().size(),
                seconds);
        return app.skipped().isEmpty()
                ? line
                : line + " skipped=" + app.skipped().size();
    }

    /// Runs while the process ends. Halting sets the exit code, which would otherwise be the signal's.
    private static void stop(Terminal terminal, App app) {
        int code = ExitCode.OK;
        try {
            app.close();
        } catch (RuntimeException e) {
            new Failures(terminal).show("INTERNAL", "the server did not stop cleanly: " + e, null);
            code = ExitCode.FAILED;
        }
        terminal.out().flush();
        Runtime.getRuntime().halt(code);
    }
}
