package dev.bowyer.clients.servers;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.NoOpFlightSqlProducer;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionClosePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementRequest;
import org.apache.arrow.flight.sql.impl.FlightSql.ActionCreatePreparedStatementResult;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandPreparedStatementQuery;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * A server of arrow-java's flight-sql with one prepared statement of a text and a number: it answers the text so
 * often.
 */
final class EchoServer implements AutoCloseable {
    static final Schema PARAMETERS = new Schema(List.of(
            Field.nullable("text", ArrowType.Utf8.INSTANCE), Field.nullable("times", new ArrowType.Int(64, true))));
    private static final Schema ROWS = new Schema(List.of(Field.nullable("text", ArrowType.Utf8.INSTANCE)));
    private static final int STOP_SECONDS = 10;

    private final FlightServer server;
    private final Producer producer;

    EchoServer(BufferAllocator memory) throws IOException {
        producer = new Producer(memory);
        server = FlightServer.builder(memory, Location.forGrpcInsecure("localhost", 0), producer)
                .build()
                .start();
    }

    String uri() {
        return "grpc://localhost:" + server.getPort();
    }

    /** Statements that were made and not closed. */
    int open() {
        return producer.bound.size();
    }

    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the server did not end within " + STOP_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private record Bound(String text, long times) {}

    private static final class Producer extends NoOpFlightSqlProducer {
        private final BufferAllocator memory;
        private final AtomicInteger handles = new AtomicInteger();
        private final Map<String, Bound> bound = new ConcurrentHashMap<>();

        Producer(BufferAllocator memory) {
            this.memory = memory;
        }

        @Override
        public void createPreparedStatement(
                ActionCreatePreparedStatementRequest request, CallContext context, StreamListener<Result> listener) {
            String handle = "statement " + handles.incrementAndGet();
            bound.put(handle, new Bound("", 0));
            ActionCreatePreparedStatementResult made = ActionCreatePreparedStatementResult.newBuilder()
                    .setPreparedStatementHandle(ByteString.copyFromUtf8(handle))
                    .setDatasetSchema(serialized(ROWS))
                    .setParameterSchema(serialized(PARAMETERS))
                    .build();
            listener.onNext(new Result(Any.pack(made).toByteArray()));
            listener.onCompleted();
        }

        @Override
        public void closePreparedStatement(
                ActionClosePreparedStatementRequest request, CallContext context, StreamListener<Result> listener) {
            bound.remove(request.getPreparedStatementHandle().toStringUtf8());
            listener.onCompleted();
        }

        @Override
        public Runnable acceptPutPreparedStatementQuery(
                CommandPreparedStatementQuery command,
                CallContext context,
                FlightStream parameters,
                StreamListener<PutResult> listener) {
            return () -> {
                while (parameters.next()) {
                    VectorSchemaRoot root = parameters.getRoot();
                    String text = new String(((VarCharVector) root.getVector(0)).get(0), StandardCharsets.UTF_8);
                    long times = ((BigIntVector) root.getVector(1)).get(0);
                    bound.put(command.getPreparedStatementHandle().toStringUtf8(), new Bound(text, times));
                }
                listener.onCompleted();
            };
        }

        @Override
        public FlightInfo getFlightInfoPreparedStatement(
                CommandPreparedStatementQuery command, CallContext context, FlightDescriptor descriptor) {
            Ticket ticket = new Ticket(Any.pack(command).toByteArray());
            return new FlightInfo(ROWS, descriptor, List.of(new FlightEndpoint(ticket)), -1, -1);
        }

        @Override
        public void getStreamPreparedStatement(
                CommandPreparedStatementQuery command, CallContext context, ServerStreamListener listener) {
            Bound values = bound.getOrDefault(
                    command.getPreparedStatementHandle().toStringUtf8(), new Bound("no such statement", 1));
            try (VectorSchemaRoot root = VectorSchemaRoot.create(ROWS, memory)) {
                VarCharVector texts = (VarCharVector) root.getVector(0);
                for (int row = 0; row < values.times; row++) {
                    texts.setSafe(row, values.text.getBytes(StandardCharsets.UTF_8));
                }
                root.setRowCount((int) values.times);
                listener.start(root);
                listener.putNext();
                listener.completed();
            }
        }

        @Override
        public void close() {}

        private static ByteString serialized(Schema schema) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (WriteChannel out = new WriteChannel(Channels.newChannel(bytes))) {
                MessageSerializer.serialize(out, schema);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return ByteString.copyFrom(bytes.toByteArray());
        }
    }
}
