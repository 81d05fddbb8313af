package dev.bowyer.query;

/// Hears every [QueryEvent]: logs, metrics, audit and traces hang on this. Called on the thread that caused
/// the event; must be quick, thread-safe and must not throw.
@FunctionalInterface
public interface QueryListener {
    void on(QueryEvent event);
}
