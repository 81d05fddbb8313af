package dev.bowyer.client.random;

import com.google.protobuf.ByteString;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Serves the table of seed N for the path N, from the messages themselves: compressed, and with dictionaries that
 * change,
 * which arrow-java's server cannot send.
 */
final class RandomTableServer implements AutoCloseable {
    private static final int STOP_SECONDS = 10;

    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final Server server;

    RandomTableServer() throws IOException {
        server = NettyServerBuilder.forAddress(new InetSocketAddress("localhost", 0))
                .executor(threads)
                .addService(new Service())
                .build()
                .start();
    }

    String uri() {
        return "grpc://localhost:" + server.getPort();
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            if (!server.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the server did not end within " + STOP_SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the server ended", e);
        }
        threads.shutdown();
    }

    /** One message of an IPC stream, as Flight carries it. */
    static Flight.FlightData flightData(byte[] message) {
        int header = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
        return Flight.FlightData.newBuilder()
                .setDataHeader(ByteString.copyFrom(message, 8, header))
                .setDataBody(ByteString.copyFrom(message, 8 + header, message.length - 8 - header))
                .build();
    }

    private static final class Service extends FlightServiceGrpc.FlightServiceImplBase {
        @Override
        public void getFlightInfo(Flight.FlightDescriptor request, StreamObserver<Flight.FlightInfo> answer) {
            RandomTable table = table(request, answer);
            if (table == null) {
                return;
            }
            Flight.FlightInfo.Builder info = Flight.FlightInfo.newBuilder()
                    .setFlightDescriptor(request)
                    .setSchema(ByteString.copyFrom(Messages.schema(table.schema())))
                    .setOrdered(table.ordered())
                    .setTotalRecords(table.counted() ? table.rowCount() : -1)
                    .setTotalBytes(-1);
            for (int part = 0; part < table.parts().size(); part++) {
                info.addEndpoint(Flight.FlightEndpoint.newBuilder()
                        .setTicket(Flight.Ticket.newBuilder()
                                .setTicket(ByteString.copyFromUtf8(table.seed() + " " + part))));
            }
            answer.onNext(info.build());
            answer.onCompleted();
        }

        @Override
        public void getSchema(Flight.FlightDescriptor request, StreamObserver<Flight.SchemaResult> answer) {
            RandomTable table = table(request, answer);
            if (table != null) {
                answer.onNext(Flight.SchemaResult.newBuilder()
                        .setSchema(ByteString.copyFrom(Messages.schema(table.schema())))
                        .build());
                answer.onCompleted();
            }
        }

        @Override
        public void doGet(Flight.Ticket ticket, StreamObserver<Flight.FlightData> answer) {
            String[] words = ticket.getTicket().toStringUtf8().split(" ", 2);
            RandomTable table = RandomTable.of(Long.parseLong(words[0]));
            int part = Integer.parseInt(words[1]);
            try (BufferAllocator own = new RootAllocator()) {
                Messages messages = new Messages(own, table.codec());
                answer.onNext(flightData(Messages.schema(table.schema())));
                for (PartEncoder.Step step :
                        new PartEncoder(table, part).steps(table.parts().get(part))) {
                    step.dictionaries().forEach(rows -> answer.onNext(flightData(messages.dictionary(rows))));
                    answer.onNext(flightData(messages.batch(step)));
                }
            }
            answer.onCompleted();
        }

        private @Nullable RandomTable table(Flight.FlightDescriptor request, StreamObserver<?> answer) {
            List<String> path = request.getPathList();
            if (path.size() == 1 && path.get(0).matches("\\d{1,18}")) {
                return RandomTable.of(Long.parseLong(path.get(0)));
            }
            answer.onError(
                    Status.NOT_FOUND.withDescription("no table of path " + path).asRuntimeException());
            return null;
        }
    }
}
