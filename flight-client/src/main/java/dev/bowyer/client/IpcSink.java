package dev.bowyer.client;

/** Takes a result as Arrow IPC. */
@FunctionalInterface
public interface IpcSink {
    /**
     * Called in order, at least once.
     *
     * @param stream one complete Arrow IPC stream: schema, dictionaries, zero or more batches, end marker. The schema is
     *     the same in all calls. The array is the receiver's to keep
     */
    void accept(byte[] stream);
}
