package dev.bowyer.flight;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.DecodedBatch;
import dev.bowyer.engine.ScriptedEngine;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.flight.impl.FlightServiceGrpc.FlightServiceBlockingStub;
import org.apache.arrow.flight.impl.FlightServiceGrpc.FlightServiceStub;
import org.apache.arrow.flight.sql.impl.FlightSql;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.jspecify.annotations.Nullable;

/// A client that sends exactly what it is told, headers included, and hides nothing of the answers.
final class RawClient implements AutoCloseable {
    private final ManagedChannel channel;
    private final AtomicReference<@Nullable Metadata> answerHeaders = new AtomicReference<>();

    RawClient(TestServer server) {
        channel = NettyChannelBuilder.forAddress("127.0.0.1", server.port())
                .usePlaintext()
                .build();
    }

    /// @param headers name, value, name, value ...
    FlightServiceBlockingStub with(String... headers) {
        Metadata sent = new Metadata();
        for (int i = 0; i < headers.length; i += 2) {
            sent.put(Metadata.Key.of(headers[i], Metadata.ASCII_STRING_MARSHALLER), headers[i + 1]);
        }
        ClientInterceptor attach = MetadataUtils.newAttachHeadersInterceptor(sent);
        ClientInterceptor capture = MetadataUtils.newCaptureMetadataInterceptor(answerHeaders, new AtomicReference<>());
        return FlightServiceGrpc.newBlockingStub(channel)
                .withInterceptors(attach, capture)
                .withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    FlightServiceBlockingStub plain() {
        return with();
    }

    FlightServiceStub async() {
        return FlightServiceGrpc.newStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
    }

    /// The messages of an Arrow IPC stream, as they are uploaded; an empty one if there are none.
    static List<Flight.FlightData> flightData(byte[] ipcStream) {
        List<Flight.FlightData> messages = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(ipcStream).order(ByteOrder.LITTLE_ENDIAN);
        while (rest.remaining() > 8) {
            rest.getInt();
            int length = rest.getInt();
            if (length == 0) {
                break;
            }
            ByteString header = ByteString.copyFrom(rest, Math.min(length, rest.remaining()));
            long body = org.apache.arrow.flatbuf.Message.getRootAsMessage(header.asReadOnlyByteBuffer())
                    .bodyLength();
            messages.add(Flight.FlightData.newBuilder()
                    .setDataHeader(header)
                    .setDataBody(ByteString.copyFrom(rest, (int) Math.min(body, rest.remaining())))
                    .build());
        }
        return messages.isEmpty() ? List.of(Flight.FlightData.getDefaultInstance()) : messages;
    }

    /// Of the last answer.
    @Nullable
    String answerHeader(String name) {
        Metadata headers = answerHeaders.get();
        return headers == null ? null : headers.get(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    }

    /// The one result of an action.
    static Flight.Result act(FlightServiceBlockingStub stub, String type, ByteString body) {
        Iterator<Flight.Result> results = stub.doAction(
                Flight.Action.newBuilder().setType(type).setBody(body).build());
        Flight.Result first = results.hasNext() ? results.next() : Flight.Result.getDefaultInstance();
        while (results.hasNext()) {
            results.next();
        }
        return first;
    }

    static Flight.FlightDescriptor command(ByteString bytes) {
        return Flight.FlightDescriptor.newBuilder()
                .setType(Flight.FlightDescriptor.DescriptorType.CMD)
                .setCmd(bytes)
                .build();
    }

    static Flight.FlightDescriptor command(Message message) {
        return command(Any.pack(message).toByteString());
    }

    static Flight.FlightDescriptor sql(String sql) {
        return command(
                FlightSql.CommandStatementQuery.newBuilder().setQuery(sql).build());
    }

    static Flight.FlightDescriptor path(String... path) {
        return Flight.FlightDescriptor.newBuilder()
                .setType(Flight.FlightDescriptor.DescriptorType.PATH)
                .addAllPath(List.of(path))
                .build();
    }

    static Flight.Ticket ticket(ByteString bytes) {
        return Flight.Ticket.newBuilder().setTicket(bytes).build();
    }

    /// The numbers of a result, in order of their arrival.
    static List<Long> numbers(FlightServiceBlockingStub stub, Flight.Ticket ticket) {
        List<Long> numbers = new ArrayList<>();
        stub.doGet(ticket).forEachRemaining(data -> {
            if (!data.getDataBody().isEmpty()) {
                numbers.addAll(DecodedBatch.of(new Received(data), ScriptedEngine.SCHEMA, RawClient::numbers));
            }
        });
        return numbers;
    }

    private static List<Long> numbers(VectorSchemaRoot root) {
        List<Long> numbers = new ArrayList<>();
        for (int i = 0; i < root.getRowCount(); i++) {
            numbers.add(((BigIntVector) root.getVector(0)).get(i));
        }
        return numbers;
    }

    private record Received(Flight.FlightData data) implements BatchStream.Message {
        @Override
        public ByteBuffer header() {
            return data.getDataHeader().asReadOnlyByteBuffer();
        }

        @Override
        public List<ByteBuffer> body() {
            return List.of(data.getDataBody().asReadOnlyByteBuffer());
        }

        @Override
        public long bodyBytes() {
            return data.getDataBody().size();
        }

        @Override
        public long rows() {
            return -1;
        }

        @Override
        public void release() {}
    }

    /// How a call fails; that it does is asserted.
    static io.grpc.Status failure(Runnable call) {
        try {
            call.run();
        } catch (StatusRuntimeException e) {
            return e.getStatus();
        }
        throw new AssertionError("the call did not fail");
    }

    @Override
    public void close() {
        channel.shutdownNow();
        await().atMost(Duration.ofSeconds(5)).until(channel::isTerminated);
    }
}
