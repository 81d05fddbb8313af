package dev.bowyer.flight;

import dev.bowyer.access.Seal;
import dev.bowyer.dataset.Catalog;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.metadata.SqlMetadata;
import dev.bowyer.flight.session.SessionInterceptor;
import dev.bowyer.flight.ticket.TicketCodec;
import dev.bowyer.flight.wire.Frame;
import dev.bowyer.flight.wire.FrameMarshaller;
import dev.bowyer.flight.wire.ZeroCopyProbe;
import dev.bowyer.query.QueryService;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.ServiceDescriptor;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.flight.impl.FlightServiceGrpc;
import org.apache.arrow.memory.BufferAllocator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Flight port of a server, from bind to drain. Each limit that a client can run into stands here by
/// name.
public final class FlightEndpoint implements AutoCloseable {
    /// Header block of one request, in bytes.
    static final int MAX_HEADERS = 16 * 1024;
    /// One message of a client, in bytes.
    static final int MAX_INBOUND_MESSAGE = 16 * 1024 * 1024;

    static final int MAX_CALLS_PER_CONNECTION = 256;
    /// Streams a client may reset in [#RESET_WINDOW_SECONDS] before its connection is closed.
    static final int MAX_RESETS = 1_000;

    static final int RESET_WINDOW_SECONDS = 10;
    /// The shortest interval of pings that is put up with; tools behind load balancers ping while they idle.
    static final Duration MIN_PING_INTERVAL = Duration.ofSeconds(10);
    /// How long cancelled requests and threads may take to end.
    static final Duration CANCEL_BOUND = Duration.ofSeconds(5);

    /// How long a reader may take to hear that its stream has ended, and a connection to close.
    static final Duration END_BOUND = Duration.ofSeconds(1);

    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(512 * 1024, 1024 * 1024);
    private static final Logger LOG = LoggerFactory.getLogger(FlightEndpoint.class);

    private final Server server;
    private final FlightThreads threads;
    private final FlightSettings settings;
    private final RunningCalls calls;
    private final OpenStreams streams;
    private final Connections connections;

    private FlightEndpoint(
            Server server,
            FlightThreads threads,
            FlightSettings settings,
            RunningCalls calls,
            OpenStreams streams,
            Connections connections) {
        this.server = server;
        this.threads = threads;
        this.settings = settings;
        this.calls = calls;
        this.streams = streams;
        this.connections = connections;
    }

    /// Binds and serves. All that is given stays the caller's, and outlives the endpoint.
    ///
    /// @param allocator of the metadata's rows
    /// @throws ServiceException UNAVAILABLE if the address cannot be bound
    public static FlightEndpoint start(FlightSettings settings, FlightServices services, BufferAllocator allocator) {
        Seal seal = services.seal();
        Catalog catalog = services.catalog();
        QueryService queries = services.queries();
        SqlMetadata metadata = new SqlMetadata(catalog, allocator, settings.serverVersion());
        TicketCodec tickets = new TicketCodec(seal, settings.ticketExpiry());
        Targets targets = new Targets(catalog, tickets, settings);
        FlightInfos infos = new FlightInfos(tickets, metadata, settings);
        SessionInterceptor sessions = new SessionInterceptor(
                seal, catalog, AuthInterceptor::caller, AuthInterceptor::tokenId, e -> StatusMapping.of(e, null));
        DatasetActions datasets = new DatasetActions(catalog, services.registrations(), settings.serverVersion());
        Actions actions = new Actions(queries, tickets, targets, infos, sessions.sessions(), datasets);
        FlightRpc rpc = new FlightRpc(queries, catalog, targets, infos, actions, tickets);
        FlightThreads threads = FlightThreads.start();
        FlightEndpoint endpoint;
        try {
            OpenStreams streams = new OpenStreams(settings.stallTimeout());
            RunningCalls calls = new RunningCalls();
            DoGetHandler doGet = new DoGetHandler(queries, tickets, targets, metadata, threads, streams);
            AuthInterceptor auth = new AuthInterceptor(services.authenticator());
            Connections connections = new Connections();
            Server server = builder(settings, threads)
                    .addTransportFilter(SessionInterceptor.connections())
                    .addTransportFilter(connections)
                    .addService(ServerInterceptors.intercept(
                            service(rpc, doGet, new HandshakeHandler(services.authenticator())),
                            sessions,
                            auth,
                            new TraceHeaders(),
                            calls))
                    .addService(HealthService.following(services.readiness()))
                    .addService(ServerInterceptors.intercept(ProtoReflectionServiceV1.newInstance(), auth))
                    .build()
                    .start();
            endpoint = new FlightEndpoint(server, threads, settings, calls, streams, connections);
        } catch (RuntimeException | Error e) {
            threads.close(CANCEL_BOUND);
            throw e;
        } catch (IOException e) {
            threads.close(CANCEL_BOUND);
            throw new ServiceException(
                    ErrorCode.UNAVAILABLE,
                    "cannot listen on " + settings.host() + ":" + settings.port() + ": " + rootMessage(e),
                    "choose another port, or 0 for any that is free",
                    e);
        }
        LOG.info("flight endpoint on {}:{} ({})", settings.host(), endpoint.port(), wirePath());
        return endpoint;
    }

    /// How bytes leave this process, in a few words.
    public static String wirePath() {
        String bodies = ZeroCopyProbe.inForce() ? "bodies without a copy" : "bodies copied: gRPC has changed inside";
        return FlightThreads.transportName() + ", " + bodies;
    }

    /// Streams of rows that are open now, those included that wait for their turn.
    public int streams() {
        return streams.count();
    }

    /// The port it listens on, also when 0 was asked for.
    public int port() {
        return server.getPort();
    }

    /// How many clients are connected.
    public int connections() {
        return connections.open.get();
    }

    /// Direct memory of this process that the network layer took by itself, in bytes; what it took as Java's direct
    /// buffers is not among it.
    public static long directMemory() {
        boolean inJavasBuffers = PlatformDependent.hasUnsafe() && !PlatformDependent.useDirectBufferNoCleaner();
        return inJavasBuffers ? 0 : Math.max(0, PlatformDependent.usedDirectMemory());
    }

    private static final class Connections extends ServerTransportFilter {
        private final AtomicInteger open = new AtomicInteger();

        @Override
        public Attributes transportReady(Attributes transport) {
            open.incrementAndGet();
            return transport;
        }

        @Override
        public void transportTerminated(Attributes transport) {
            open.decrementAndGet();
        }
    }

    /// Refuses new requests, tells clients to connect elsewhere, and lets the running ones go on for `grace`; those
    /// that are left end with UNAVAILABLE. Then every connection is closed. Idempotent.
    public void drain(Duration grace) {
        calls.refuse();
        // Closes the port, and tells every connection with GOAWAY.
        server.shutdown();
        try {
            if (!calls.awaitNone(grace)) {
                streams.endAll(RunningCalls.stopping());
                calls.awaitNone(END_BOUND);
            }
            if (!server.awaitTermination(END_BOUND.toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
                server.awaitTermination(CANCEL_BOUND.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException _) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /// Drains, unless that was done, and ends all threads. Bounded.
    @Override
    public void close() {
        drain(settings.drainGrace());
        threads.close(CANCEL_BOUND);
    }

    private static NettyServerBuilder builder(FlightSettings settings, FlightThreads threads) {
        return NettyServerBuilder.forAddress(new InetSocketAddress(settings.host(), settings.port()))
                .channelType(FlightThreads.channelType())
                .bossEventLoopGroup(threads.accept())
                .workerEventLoopGroup(threads.io())
                .directExecutor()
                .callExecutor(new CallThreads(threads.rpc(), threads.login()))
                .withChildOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .maxInboundMetadataSize(MAX_HEADERS)
                .maxInboundMessageSize(MAX_INBOUND_MESSAGE)
                .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
                .maxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS)
                .permitKeepAliveTime(MIN_PING_INTERVAL.toSeconds(), TimeUnit.SECONDS)
                .permitKeepAliveWithoutCalls(true);
    }

    /// The generated service with the two methods exchanged that do not go through [FlightRpc].
    private static ServerServiceDefinition service(FlightRpc rpc, DoGetHandler doGet, HandshakeHandler handshake) {
        ServerServiceDefinition generated = rpc.bindService();
        ServiceDescriptor.Builder descriptor = ServiceDescriptor.newBuilder(FlightServiceGrpc.SERVICE_NAME)
                .setSchemaDescriptor(generated.getServiceDescriptor().getSchemaDescriptor());
        List<ServerMethodDefinition<?, ?>> methods = generated.getMethods().stream()
                .<ServerMethodDefinition<?, ?>>map(method -> exchanged(method, doGet, handshake))
                .toList();
        methods.forEach(method -> descriptor.addMethod(method.getMethodDescriptor()));
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(descriptor.build());
        methods.forEach(service::addMethod);
        return service.build();
    }

    private static ServerMethodDefinition<?, ?> exchanged(
            ServerMethodDefinition<?, ?> method, DoGetHandler doGet, HandshakeHandler handshake) {
        String name = method.getMethodDescriptor().getFullMethodName();
        if (name.equals(FlightServiceGrpc.getDoGetMethod().getFullMethodName())) {
            MethodDescriptor<Flight.Ticket, Frame> descriptor = FlightServiceGrpc.getDoGetMethod().toBuilder(
                            FlightServiceGrpc.getDoGetMethod().getRequestMarshaller(), new FrameMarshaller())
                    .build();
            return ServerMethodDefinition.create(descriptor, doGet);
        }
        if (name.equals(FlightServiceGrpc.getHandshakeMethod().getFullMethodName())) {
            return ServerMethodDefinition.create(FlightServiceGrpc.getHandshakeMethod(), handshake);
        }
        return method;
    }

    private static String rootMessage(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    /// DoGet's callbacks and those of health checks never block, so they stay where the network's events
    /// arise; what has a password to check moves to the login threads, everything else to the RPC threads.
    /// gRPC asks on the server's own executor, which is the event loop for that reason: a call would start on
    /// any other one, and only then be moved.
    private record CallThreads(Executor rpc, Executor login) implements ServerCallExecutorSupplier {
        @Override
        public <Q, A> @Nullable Executor getExecutor(ServerCall<Q, A> call, Metadata headers) {
            String method = call.getMethodDescriptor().getFullMethodName();
            if (method.equals(FlightServiceGrpc.getHandshakeMethod().getFullMethodName())
                    || AuthInterceptor.havePassword(headers)) {
                return login;
            }
            boolean neverBlocks =
                    method.equals(FlightServiceGrpc.getDoGetMethod().getFullMethodName())
                            || method.startsWith(HealthService.NAME + "/");
            return neverBlocks ? null : rpc;
        }
    }
}
