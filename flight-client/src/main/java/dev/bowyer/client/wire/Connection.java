package dev.bowyer.client.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.BatchSource;
import dev.bowyer.client.frame.BatchStream;
import dev.bowyer.client.frame.Partition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** A client's side of one server: asks questions, and opens their answers. Thread-safe. */
public final class Connection implements AutoCloseable {
    private static final AtomicInteger THREADS = new AtomicInteger();
    /** How long {@link #close} waits for what the server is told last. */
    private static final long FAREWELL_SECONDS = 5;

    private final @Nullable ExecutorService ownThreads;
    private final Executor threads;
    private final Executor executor;
    private final FlightCalls calls;
    private final Memory memory;
    private final Statements statements;
    private final Phaser farewells = new Phaser(1);
    /** Answers that may be open; those that nobody has any more are nobody's loss. */
    private final Set<Answer> open = Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

    /**
     * @param budget most bytes of rows that are held
     * @param parent to take memory from; null: an allocator of its own
     * @param threads for callbacks; null: its own
     */
    public Connection(Settings settings, long budget, @Nullable BufferAllocator parent, @Nullable Executor threads) {
        ExecutorService own = threads == null ? Executors.newCachedThreadPool(Connection::daemon) : null;
        Executor chosen = own == null ? threads : own;
        if (chosen == null) {
            throw new IllegalStateException("no threads");
        }
        this.ownThreads = own;
        this.threads = chosen;
        // What comes after the end of the threads has nobody to do it for.
        this.executor = task -> run(chosen, task);
        this.calls = new FlightCalls(settings, chosen);
        this.memory = new Memory(budget, parent, executor);
        this.statements = new Statements(calls, memory);
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "bowyer-client-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    public ServerUri uri() {
        return calls.settings().uri();
    }

    public Memory memory() {
        return memory;
    }

    public FlightCalls calls() {
        return calls;
    }

    /**
     * Asks, and waits for the schema of the answer.
     *
     * @param keepsAll whether the answer is for {@link Answer#collect}
     * @param running what cancels it
     */
    public Answer open(Question question, Manner manner, boolean keepsAll, Running running) {
        CallScope scope = CallScope.of(manner.headers(), manner.timeout());
        Asked asked = asked(question, scope, running);
        Reading reading =
                new Reading(asked.info, scope, asked.info.getOrdered(), manner.parallelism(), manner.progress(), () -> {
                    running.ended();
                    later(asked.ended);
                });
        return opened(reading, keepsAll, running);
    }

    private Answer opened(Reading reading, boolean keepsAll, Running running) {
        Answer answer;
        try {
            answer = new Answer(calls, memory, executor, reading, keepsAll);
        } catch (BadAnswer e) {
            reading.ended().run();
            throw badAnswer(e);
        } catch (RuntimeException | Error e) {
            reading.ended().run();
            throw e;
        }
        open.add(answer);
        running.answers(answer);
        try {
            return answer.opened();
        } catch (BadAnswer e) {
            throw badAnswer(e);
        }
    }

    /** @param ended to be run when nothing is read any more */
    private record Asked(Flight.FlightInfo info, Runnable ended) {}

    private Asked asked(Question question, CallScope scope, Running running) {
        try {
            return running.asks(() -> ask(question, scope));
        } finally {
            running.asked();
        }
    }

    private Asked ask(Question question, CallScope scope) {
        if (question instanceof Question.Sql sql) {
            if (!sql.hasValues()) {
                return new Asked(
                        calls.flightInfo(Statements.descriptor(sql.text()), scope, Repeats.of(sql.text())), () -> {});
            }
            Statements.Prepared prepared = statements.prepare(sql.text(), sql.positional(), sql.named(), scope);
            Runnable ended = () -> statements.close(prepared.handle(), scope);
            try {
                return new Asked(calls.flightInfo(prepared.descriptor(), scope, Repeats.of(sql.text())), ended);
            } catch (RuntimeException | Error e) {
                ended.run();
                throw e;
            }
        } else if (question instanceof Question.Announced announced) {
            return new Asked(announced.info(), () -> {});
        }
        return new Asked(calls.flightInfo(descriptor(question), scope, FlightCalls.Repeat.SAFE), () -> {});
    }

    private static Flight.FlightDescriptor descriptor(Question question) {
        if (question instanceof Question.Path path) {
            return Flight.FlightDescriptor.newBuilder()
                    .setType(Flight.FlightDescriptor.DescriptorType.PATH)
                    .addAllPath(path.elements())
                    .build();
        } else if (question instanceof Question.Read read) {
            return read.descriptor();
        }
        throw new IllegalArgumentException("no descriptor: " + question);
    }

    /** The columns of an answer, without running anything where the server can tell them so. */
    public Schema schema(Question question, Manner manner, Running running) {
        CallScope scope = CallScope.of(manner.headers(), manner.timeout());
        try {
            Schema schema = Schemas.parse(running.asks(() -> schemaBytes(question, scope)));
            if (schema != null) {
                return schema;
            }
        } catch (BadAnswer e) {
            throw badAnswer(e);
        }
        try (Answer answer = open(question, manner, false, running)) {
            return answer.schema();
        }
    }

    /** Null when the server does not tell it, or tells one that cannot be read here: one dataset hides no others. */
    public @Nullable Schema announcedSchema(Flight.FlightInfo info) {
        try {
            return Schemas.parse(info.getSchema());
        } catch (BadAnswer e) {
            return null;
        }
    }

    private ByteString schemaBytes(Question question, CallScope scope) {
        if (question instanceof Question.Announced announced) {
            return announced.info().getSchema();
        }
        if (question instanceof Question.Sql sql && sql.hasValues()) {
            Asked asked = ask(question, scope);
            asked.ended.run();
            return asked.info.getSchema();
        }
        Flight.FlightDescriptor descriptor =
                question instanceof Question.Sql sql ? Statements.descriptor(sql.text()) : descriptor(question);
        try {
            return calls.schema(descriptor, scope).getSchema();
        } catch (BowyerException e) {
            if (!e.code().equals(ErrorCodes.UNIMPLEMENTED)) {
                throw e;
            }
            return ask(question, scope).info.getSchema();
        }
    }

    /** One for each endpoint. A prepared statement stays open at the server until it forgets it. */
    public List<Partition> partitions(Question question, Manner manner, Running running) {
        Flight.FlightInfo info = asked(question, CallScope.of(manner.headers(), manner.timeout()), running).info;
        List<Partition> partitions = new ArrayList<>();
        for (Flight.FlightEndpoint endpoint : info.getEndpointList()) {
            Flight.FlightInfo part = info.toBuilder()
                    .clearEndpoint()
                    .addEndpoint(endpoint)
                    .setTotalRecords(info.getEndpointCount() == 1 ? info.getTotalRecords() : -1)
                    .setTotalBytes(-1)
                    .build();
            partitions.add(Partition.of(part.toByteArray()));
        }
        return partitions;
    }

    private BowyerException badAnswer(BadAnswer failure) {
        return new BowyerException(ErrorCodes.BAD_ANSWER, uri() + " sent " + failure.getMessage(), null, failure);
    }

    /**
     * Sends rows.
     *
     * @param descriptor that the server knows the target by
     * @return rows that the server says it has taken; else those that were sent
     */
    private long upload(Flight.FlightDescriptor descriptor, BatchSource source, Manner manner) {
        long[] rows = {0};
        try (BatchStream stream = source.stream()) {
            List<ByteString> answers = calls.upload(
                    descriptor,
                    stream.schema(),
                    CallScope.of(manner.headers(), manner.timeout()),
                    upload -> stream.drain(batch -> {
                        upload.send(batch);
                        rows[0] += batch.rowCount();
                    }));
            if (answers.size() == 1 && !answers.get(0).isEmpty()) {
                long told =
                        FlightSql.DoPutUpdateResult.parseFrom(answers.get(0)).getRecordCount();
                return told > 0 ? told : rows[0];
            }
        } catch (InvalidProtocolBufferException e) {
            return rows[0]; // its answers are its own affair
        }
        return rows[0];
    }

    /** Sends rows to what a path names. */
    public long put(List<String> path, BatchSource source, Manner manner) {
        return upload(descriptor(new Question.Path(path)), source, manner);
    }

    /** Sends rows to a table, by Flight SQL's ingestion. */
    public long ingest(
            String table,
            FlightSql.CommandStatementIngest.TableDefinitionOptions options,
            BatchSource source,
            Manner manner) {
        return upload(
                Statements.command(FlightSql.CommandStatementIngest.newBuilder()
                        .setTable(table)
                        .setTableDefinitionOptions(options)
                        .build()),
                source,
                manner);
    }

    /** The values of GetSqlInfo for {@code ids}, as an answer of two columns. */
    public Answer sqlInfo(List<Integer> ids) {
        CallScope scope =
                CallScope.of(java.util.Map.of(), calls.settings().waits().call());
        Flight.FlightInfo info = calls.flightInfo(
                Statements.command(
                        FlightSql.CommandGetSqlInfo.newBuilder().addAllInfo(ids).build()),
                scope,
                FlightCalls.Repeat.SAFE);
        return opened(new Reading(info, scope, true, 1, null, () -> {}), false, new Running());
    }

    /** What the server is to hear of the end of a statement, without a wait for it. */
    private void later(Runnable farewell) {
        farewells.register();
        boolean begun = run(threads, () -> {
            try {
                farewell.run();
            } finally {
                farewells.arriveAndDeregister();
            }
        });
        if (!begun) {
            farewells.arriveAndDeregister();
        }
    }

    private static boolean run(Executor threads, Runnable task) {
        try {
            threads.execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    private void awaitFarewells() {
        try {
            farewells.awaitAdvanceInterruptibly(farewells.arrive(), FAREWELL_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            return; // the server forgets by itself
        }
    }

    /** What is held stays valid, and goes when it is closed itself. */
    @Override
    public void close() {
        List.copyOf(open).forEach(Answer::clientCloses);
        awaitFarewells();
        calls.close();
        memory.close();
        if (ownThreads != null) {
            ownThreads.shutdown();
        }
    }
}
