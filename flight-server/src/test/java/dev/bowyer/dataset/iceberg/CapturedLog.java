package dev.bowyer.dataset.iceberg;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;

/// What a class logs while this is open, each entry as its level and text.
final class CapturedLog extends Handler implements AutoCloseable {
    final ConcurrentLinkedQueue<String> entries = new ConcurrentLinkedQueue<>();
    private final Logger logger;

    CapturedLog(Class<?> of) {
        logger = Logger.getLogger(of.getName());
        logger.addHandler(this);
    }

    @Override
    public void publish(LogRecord entry) {
        entries.add(entry.getLevel() + " " + new SimpleFormatter().formatMessage(entry));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
