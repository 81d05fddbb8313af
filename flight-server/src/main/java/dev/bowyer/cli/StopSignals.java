package dev.bowyer.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.utils.Signals;

/// SIGTERM, SIGINT and SIGHUP: the first asks for an orderly end, the second ends the process at once. A shutdown hook
/// would not do: the JVM swallows signals while hooks run.
final class StopSignals {
    private static final String[] NAMES = {"TERM", "INT", "HUP"};

    private final CountDownLatch first = new CountDownLatch(1);
    private final AtomicBoolean asked = new AtomicBoolean();

    private StopSignals() {}

    /// From now on signals no longer end the process by themselves.
    static StopSignals listen() {
        StopSignals signals = new StopSignals();
        for (String name : NAMES) {
            Signals.register(name, signals::arrived);
        }
        return signals;
    }

    /// Blocks until the first one.
    void await() throws InterruptedException {
        first.await();
    }

    private void arrived() {
        if (asked.getAndSet(true)) {
            Runtime.getRuntime().halt(ExitCode.FAILED);
        }
        first.countDown();
    }
}
