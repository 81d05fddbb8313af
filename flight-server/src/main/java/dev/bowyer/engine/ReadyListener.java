package dev.bowyer.engine;

/// Told once that [BatchStream#next] is worth calling again. Runs on a thread of the engine: it must return at
/// once, must not call back into the engine, and what it throws is swallowed. It may come late (after close), or
/// once too often.
@FunctionalInterface
public interface ReadyListener {
    void ready();
}
