package dev.bowyer.admission;

/// The limit that kept a query from running.
public enum RefusedBy {
    /// Too many wait already.
    QUEUE("queue"),
    /// The same, and it is the caller's own queries that keep it from running.
    PER_CALLER("per-caller"),
    /// Its turn did not come in time.
    QUEUE_WAIT("queue-wait");

    private final String id;

    RefusedBy(String id) {
        this.id = id;
    }

    /// The name below `limits` in the configuration.
    public String id() {
        return id;
    }
}
