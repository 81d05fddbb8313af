package dev.bowyer.client.frame;

import java.util.List;

/** What can be had from a query. Nothing runs before one of these is called, and each runs it anew. Thread-safe. */
public interface Results extends BatchSource {
    /** All rows in memory, to be closed by the caller. */
    ArrowFrame fetch();

    /**
     * All rows as records.
     *
     * @param type components match columns by name: exactly, else without regard to case and underscores
     * @throws dev.bowyer.client.error.BowyerException TYPE_MISMATCH when there are more or fewer components than columns, or
     *     one cannot take its column's values
     */
    <T extends Record> Records<T> as(Class<T> type);

    /** Gives all rows to {@code sink}. */
    <R> R into(Sink<R> sink);

    /** The parts of the answer, to be read by {@code BowyerClient.partition}, perhaps in other processes. */
    List<Partition> partitions();

    /** The server's plan, as text. */
    String explain();

    /** Number of rows. */
    long count();

    /** Stops everything of this object that runs, now; what is begun later is not affected. From any thread. */
    void cancel();
}
