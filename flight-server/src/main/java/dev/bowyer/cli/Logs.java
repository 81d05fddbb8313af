package dev.bowyer.cli;

import dev.bowyer.config.LogFormat;
import dev.bowyer.telemetry.log.JsonLines;
import dev.bowyer.telemetry.log.TextLines;
import java.net.ConnectException;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// What is logged, unless `-Djava.util.logging.config.file` says something else: one line an event on stderr;
/// of libraries, warnings only.
public final class Logs {
    private static final String FORMAT = "%1$tFT%1$tT.%1$tL %4$s %3$s: %5$s%6$s%n";

    /// The JDK forgets the level of a logger that nobody holds.
    private static final List<Logger> LIBRARIES = List.of(
            Logger.getLogger("org.apache.arrow"),
            Logger.getLogger("org.apache.iceberg"),
            Logger.getLogger("io.grpc"),
            Logger.getLogger("io.netty"),
            Logger.getLogger("org.eclipse.jetty"));

    /// Warns with a stack trace of every stream that a client cancels, which is not the operator's business.
    private static final Logger CANCELLED_STREAMS = Logger.getLogger("io.grpc.netty.NettyServerHandler");

    /// Warns of each log that it reads without a checkpoint, and tells of failures that it throws as well.
    private static final Logger DELTA_KERNEL = Logger.getLogger("io.delta");

    /// Tells of each start that fails, which is thrown as well.
    private static final Logger JAVALIN = Logger.getLogger("io.javalin");

    /// They tell of each push that fails with a stack trace, which says no more than its last cause.
    private static final List<Logger> COLLECTORS = List.of(
            Logger.getLogger("io.micrometer.registry.otlp.OtlpMeterRegistry"),
            Logger.getLogger("io.opentelemetry.exporter.otlp.internal.HttpExporter"));

    private Logs() {}

    /// From now on every line that this process logs is written so. Does nothing if a file configures the logging.
    public static void write(LogFormat format) {
        if (System.getProperty("java.util.logging.config.file") != null) {
            return;
        }
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setFormatter(
                    switch (format) {
                        case TEXT -> new TextLines();
                        case JSON -> new JsonLines();
                    });
        }
    }

    private static boolean withoutTrace(LogRecord line) {
        Throwable cause = line.getThrown();
        if (cause != null) {
            while (!(cause instanceof ConnectException) && cause.getCause() != null) {
                cause = cause.getCause();
            }
            line.setThrown(null);
            line.setMessage(line.getMessage() + " (" + cause + ")");
            line.setLevel(Level.WARNING);
        }
        return true;
    }

    /// Once, before anything is logged.
    public static void configure() {
        if (System.getProperty("java.util.logging.config.file") == null) {
            System.setProperty("java.util.logging.SimpleFormatter.format", FORMAT);
            LIBRARIES.forEach(library -> library.setLevel(Level.WARNING));
            CANCELLED_STREAMS.setLevel(Level.SEVERE);
            DELTA_KERNEL.setLevel(Level.SEVERE);
            JAVALIN.setLevel(Level.OFF);
            COLLECTORS.forEach(collector -> collector.setFilter(Logs::withoutTrace));
        }
    }
}
