package dev.bowyer.client.frame;

import org.apache.arrow.vector.types.pojo.Schema;

/** Something that can be read as batches, any number of times: a query, or a frame. Thread-safe. */
public interface BatchSource {
    /**
     * The columns. Of a dictionary-encoded column, the type of its values, with the encoding; this is the form that travels
     * in Arrow IPC.
     */
    Schema schema();

    /**
     * Begins to read from the first row.
     *
     * @return to be closed by the caller
     */
    BatchStream stream();
}
