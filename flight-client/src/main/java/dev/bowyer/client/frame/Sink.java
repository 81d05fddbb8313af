package dev.bowyer.client.frame;

/**
 * Turns rows into something else: a file, a table of a database, the frame of another library.
 *
 * @param <R> what comes of it, such as the number of rows written
 */
@FunctionalInterface
public interface Sink<R> {
    /**
     * Reads the source, once or more often, and closes every stream of it, also when it fails.
     *
     * @throws dev.bowyer.client.error.BowyerException SINK_FAILED when the target fails, with its message; TYPE_MISMATCH
     *     when it has no form for a column, with the column's name; and what the source throws
     */
    R read(BatchSource source);
}
