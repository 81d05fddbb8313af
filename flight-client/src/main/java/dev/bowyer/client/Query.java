package dev.bowyer.client;

import dev.bowyer.client.frame.ArrowFrame;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Partition;
import dev.bowyer.client.frame.Progress;
import dev.bowyer.client.frame.Records;
import dev.bowyer.client.frame.Results;
import dev.bowyer.client.frame.Sink;
import dev.bowyer.client.wire.Answer;
import dev.bowyer.client.wire.Connection;
import dev.bowyer.client.wire.Question;
import dev.bowyer.client.wire.Running;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.Consumer;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A query that has not run yet. Immutable: each option returns another query, which can be kept and run again. Thread-safe.
 *
 * @param <Q> the kind of query
 */
public abstract sealed class Query<Q extends Query<Q>> implements Results
        permits SqlQuery, DatasetQuery, PartitionQuery {
    private final Connection connection;
    private final QueryOptions options;
    private final Set<Running> running;

    Query(Connection connection, QueryOptions options) {
        this(connection, options, newRunning());
    }

    /** @param running of another query, which cancels this one too */
    Query(Connection connection, QueryOptions options, Set<Running> running) {
        this.connection = connection;
        this.options = options;
        this.running = running;
    }

    static Set<Running> newRunning() {
        return Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));
    }

    Set<Running> running() {
        return running;
    }

    Connection connection() {
        return connection;
    }

    QueryOptions options() {
        return options;
    }

    abstract Q with(QueryOptions changed);

    /** What the server is asked; it may have to be called for that. */
    abstract Question question();

    /** How a Bowyer server encodes types; other servers pass it over. */
    public Q wire(Wire encoding) {
        return with(options.wire(encoding));
    }

    /**
     * Into how many parts a Bowyer server may divide an answer without an order, and how many parts of any server's answer are read
     * at once.
     *
     * @param most 1 to 64. Default: the server's one part, or as many as it has, of which four are read at once
     */
    public Q parallelism(int most) {
        return with(options.parallelism(most));
    }

    /** Longest time from the call of a verb to its last row; then DEADLINE_EXCEEDED. Default: each wait has a limit, the sum none. */
    public Q timeout(Duration most) {
        return with(options.timeout(most));
    }

    /** Tells {@code listener} how far the answer has come: after each batch, on the thread that reads. */
    public Q onProgress(Consumer<Progress> listener) {
        return with(options.progress(listener));
    }

    @Override
    public Schema schema() {
        Running begun = begun();
        return connection.schema(question(), options.manner(), begun);
    }

    @Override
    public BatchStream stream() {
        return open(false);
    }

    @Override
    public ArrowFrame fetch() {
        try (Answer answer = open(true)) {
            return ArrowFrame.of(answer.schema(), answer.collect());
        }
    }

    private Answer open(boolean keepsAll) {
        Running begun = begun();
        return connection.open(question(), options.manner(), keepsAll, begun);
    }

    /** Held weakly: what nobody reads any more needs no cancelling. */
    private Running begun() {
        Running begun = new Running();
        running.add(begun);
        return begun;
    }

    @Override
    public <T extends Record> Records<T> as(Class<T> type) {
        return Records.of(this, type);
    }

    @Override
    public <R> R into(Sink<R> sink) {
        return sink.read(this);
    }

    @Override
    public List<Partition> partitions() {
        Running begun = begun();
        return connection.partitions(question(), options.manner(), begun);
    }

    @Override
    public long count() {
        try (BatchStream stream = stream()) {
            stream.drain(batch -> {});
            return stream.rowsRead();
        }
    }

    @Override
    public void cancel() {
        List.copyOf(running).forEach(Running::cancel);
    }

    /** The text of an answer of a few rows: all columns, a line each. */
    static String text(BatchStream answer) {
        StringBuilder text = new StringBuilder();
        try (answer) {
            for (Batch batch : answer) {
                try (batch) {
                    PlanText.append(text, batch);
                }
            }
        }
        return text.toString();
    }
}
