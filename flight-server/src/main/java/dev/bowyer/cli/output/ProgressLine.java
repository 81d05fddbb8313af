package dev.bowyer.cli.output;

import dev.bowyer.client.frame.Progress;
import dev.bowyer.config.ByteSize;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// A line at the foot of a terminal that tells how far a query is, from its first second on. Thread-safe.
public final class ProgressLine implements AutoCloseable {
    /// Queries that are over by then show none.
    static final long FIRST_AFTER_MILLIS = 500;

    static final long PERIOD_MILLIS = 200;

    private static final int BAR_WIDTH = 20;
    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream err;
    private final long started = System.nanoTime();
    private final AtomicReference<Progress> newest =
            new AtomicReference<>(new Progress(0, 0, OptionalLong.empty(), 0, 1, Duration.ZERO));
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread thread;

    /// @param err a terminal
    public ProgressLine(PrintStream err) {
        this.err = err;
        this.thread = Thread.ofPlatform().daemon().name("progress").start(this::run);
    }

    public void update(Progress progress) {
        newest.set(progress);
    }

    /// Takes the line away. Does nothing the second time.
    @Override
    public void close() {
        ended.countDown();
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        boolean shown = false;
        try {
            long wait = FIRST_AFTER_MILLIS;
            while (!ended.await(wait, TimeUnit.MILLISECONDS)) {
                err.print(CLEAR + text(newest.get(), System.nanoTime() - started));
                err.flush();
                shown = true;
                wait = PERIOD_MILLIS;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (shown) {
            err.print(CLEAR);
            err.flush();
        }
    }

    /// Such as `[#####...............]  25%  1,200,000 rows  12.3 MiB  4 s, 12 s left`.
    static String text(Progress progress, long nanos) {
        StringBuilder text = new StringBuilder();
        double seconds = nanos / 1e9;
        OptionalDouble fraction = progress.fraction();
        double share = fraction.orElse(0);
        if (fraction.isPresent()) {
            int done = (int) (share * BAR_WIDTH);
            text.append('[').repeat('#', done).repeat('.', BAR_WIDTH - done).append("] ");
            text.append(String.format(Locale.ROOT, "%3d%%  ", (int) (share * 100)));
        }
        text.append(String.format(Locale.ROOT, "%,d rows  ", progress.rows()));
        if (progress.bytes() > 0) {
            text.append(ByteSize.Units.show(progress.bytes())).append("  ");
        }
        text.append((long) seconds).append(" s");
        if (share > 0.01) {
            text.append(", ")
                    .append((long) Math.ceil(seconds / share - seconds))
                    .append(" s left");
        }
        return text.toString();
    }
}
