package dev.bowyer.client.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import com.google.protobuf.UnsafeByteOperations;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.vector.types.pojo.Schema;

/** A Flight server that answers what a test tells it to, right or wrong. The ticket of endpoint n is the text of n. */
final class ScriptedServer extends FlightServiceGrpc.FlightServiceImplBase implements AutoCloseable {
    private final Server server;
    private final int port;
    private final List<BiConsumer<Integer, ServerCallStreamObserver<Flight.FlightData>>> endpoints = new ArrayList<>();
    private final Callers callers = new Callers();
    private final AtomicInteger calls = new AtomicInteger();
    private final ConcurrentLinkedQueue<String> actions = new ConcurrentLinkedQueue<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private volatile Flight.FlightInfo.Builder info =
            Flight.FlightInfo.newBuilder().setTotalRecords(-1).setTotalBytes(-1);
    private volatile boolean repeatable;
    private volatile boolean silent;

    ScriptedServer() throws IOException {
        this.server = NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .addService(ServerInterceptors.intercept(this, callers))
                .build()
                .start();
        this.port = server.getPort();
    }

    int port() {
        return port;
    }

    String uri() {
        return "grpc://127.0.0.1:" + port();
    }

    /** @param script gets the number of the DoGet, from 1, and the call; it may end it, or not */
    ScriptedServer endpoint(BiConsumer<Integer, ServerCallStreamObserver<Flight.FlightData>> script) {
        endpoints.add(script);
        return this;
    }

    /** An endpoint that sends these and ends well. */
    ScriptedServer sends(Flight.FlightData... messages) {
        return endpoint((number, call) -> {
            List.of(messages).forEach(call::onNext);
            call.onCompleted();
        });
    }

    ScriptedServer ordered() {
        info.setOrdered(true);
        return this;
    }

    ScriptedServer totalRows(long rows) {
        info.setTotalRecords(rows);
        return this;
    }

    ScriptedServer announces(Schema schema) {
        info.setSchema(ipc(schema));
        return this;
    }

    /** Tickets may be used again. */
    ScriptedServer repeatable() {
        repeatable = true;
        return this;
    }

    /** Never answers GetFlightInfo. */
    ScriptedServer silent() {
        silent = true;
        return this;
    }

    /** An endpoint of another server, with the first ticket of that. */
    ScriptedServer endpointAt(String location) {
        info.clearEndpoint()
                .addEndpoint(Flight.FlightEndpoint.newBuilder()
                        .setTicket(Flight.Ticket.newBuilder().setTicket(ByteString.copyFromUtf8("0")))
                        .addLocation(Flight.Location.newBuilder().setUri(location)));
        return this;
    }

    Callers callers() {
        return callers;
    }

    int doGets() {
        return calls.get();
    }

    List<String> actions() {
        return List.copyOf(actions);
    }

    boolean awaitCancel() throws InterruptedException {
        return cancelled.await(20, TimeUnit.SECONDS);
    }

    static Flight.FlightData schema(Schema schema) {
        return OutboundMessages.schema(schema).build();
    }

    private static ByteString ipc(Schema schema) {
        return UnsafeByteOperations.unsafeWrap(schema.serializeAsMessage());
    }

    @Override
    public void getFlightInfo(Flight.FlightDescriptor request, StreamObserver<Flight.FlightInfo> answer) {
        if (silent) {
            ((ServerCallStreamObserver<Flight.FlightInfo>) answer).setOnCancelHandler(cancelled::countDown);
            return;
        }
        Flight.FlightInfo.Builder built = info.clone().setFlightDescriptor(request);
        for (int i = 0; i < endpoints.size(); i++) {
            Flight.FlightEndpoint.Builder endpoint = Flight.FlightEndpoint.newBuilder()
                    .setTicket(Flight.Ticket.newBuilder().setTicket(ByteString.copyFromUtf8(Integer.toString(i))));
            if (repeatable) {
                endpoint.setExpirationTime(Timestamp.newBuilder().setSeconds(System.currentTimeMillis() / 1000 + 3600));
            }
            built.addEndpoint(endpoint);
        }
        answer.onNext(built.build());
        answer.onCompleted();
    }

    @Override
    public void doGet(Flight.Ticket request, StreamObserver<Flight.FlightData> answer) {
        ServerCallStreamObserver<Flight.FlightData> call = (ServerCallStreamObserver<Flight.FlightData>) answer;
        call.setOnCancelHandler(cancelled::countDown);
        int endpoint = Integer.parseInt(request.getTicket().toStringUtf8());
        endpoints.get(endpoint).accept(calls.incrementAndGet(), call);
    }

    @Override
    public void doAction(Flight.Action request, StreamObserver<Flight.Result> answer) {
        actions.add(request.getType());
        answer.onCompleted();
    }

    /** Cuts all connections. */
    void vanish() {
        server.shutdownNow();
    }

    @Override
    public void close() {
        server.shutdownNow();
        try {
            server.awaitTermination(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
