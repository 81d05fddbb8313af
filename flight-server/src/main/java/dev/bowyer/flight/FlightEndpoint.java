package dev.bowyer.flight;

import dev.bowyer.access.Authenticator;
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
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallExecutorSupplier;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
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

    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(512 * 1024, 1024 * 1024);
    private static final Logger LOG = LoggerFactory.getLogger(FlightEndpoint.class);

    private final Server server;
    private final FlightThreads threads;
    private final FlightSettings settings;

    private FlightEndpoint(Server server, FlightThreads threads, FlightSettings settings) {
        this.server = server;
        this.threads = threads;
        this.settings = settings;
    }

    /// Binds and serves. All that is given stays the caller's, and outlives the endpoint.
    ///
    /// @param seal of the tickets, handles and sessions
    /// @throws ServiceException UNAVAILABLE if the address cannot be bound
    public static FlightEndpoint start(
            FlightSettings settings,
            Seal seal,
            Authenticator authenticator,
            QueryService queries,
            Catalog catalog,
            BufferAllocator allocator) {
        String bodies = ZeroCopyProbe.inForce() ? "bodies without a copy" : "bodies copied: gRPC has changed inside";
        SqlMetadata metadata = new SqlMetadata(catalog, allocator, settings.serverVersion());
        TicketCodec tickets = new TicketCodec(seal, settings.ticketExpiry());
        Targets targets = new Targets(catalog, tickets, settings);
        FlightInfos infos = new FlightInfos(tickets, metadata, settings);
        SessionInterceptor sessions = new SessionInterceptor(
                seal, catalog, AuthInterceptor::caller, AuthInterceptor::tokenId, e -> StatusMapping.of(e, null));
        DatasetActions datasets = new DatasetActions(catalog, settings.serverVersion());
        Actions actions = new Actions(queries, tickets, targets, infos, sessions.sessions(), datasets);
        FlightRpc rpc = new FlightRpc(queries, catalog, targets, infos, actions, tickets);
        FlightThreads threads = FlightThreads.start();
        FlightEndpoint endpoint;
        try {
            DoGetHandler doGet = new DoGetHandler(queries, tickets, targets, metadata, threads);
            ServerServiceDefinition service = ServerInterceptors.intercept(
                    service(rpc, doGet, new HandshakeHandler(authenticator)),
                    sessions,
                    new AuthInterceptor(authenticator));
            Server server = builder(settings, threads)
                    .addTransportFilter(SessionInterceptor.connections())
                    .addService(service)
                    .build()
                    .start();
            endpoint = new FlightEndpoint(server, threads, settings);
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
        LOG.info(
                "flight endpoint on {}:{} ({}, {})",
                settings.host(),
                endpoint.port(),
                FlightThreads.transportName(),
                bodies);
        return endpoint;
    }

    /// The port it listens on, also when 0 was asked for.
    public int port() {
        return server.getPort();
    }

    /// Stops accepting, lets requests go on for the grace period, then cancels them. Bounded.
    @Override
    public void close() {
        server.shutdown();
        try {
            if (!server.awaitTermination(settings.drainGrace().toMillis(), TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
                server.awaitTermination(CANCEL_BOUND.toMillis(), TimeUnit.MILLISECONDS);
            }
        } catch (InterruptedException _) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
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

    /// DoGet's callbacks never block, so they stay where the network's events arise; what has a password to
    /// check moves to the login threads, everything else to the RPC threads. gRPC asks on the server's own
    /// executor, which is the event loop for that reason: a call would start on any other one, and only then
    /// be moved.
    private record CallThreads(Executor rpc, Executor login) implements ServerCallExecutorSupplier {
        @Override
        public <Q, A> @Nullable Executor getExecutor(ServerCall<Q, A> call, Metadata headers) {
            String method = call.getMethodDescriptor().getFullMethodName();
            if (method.equals(FlightServiceGrpc.getHandshakeMethod().getFullMethodName())
                    || AuthInterceptor.havePassword(headers)) {
                return login;
            }
            return method.equals(FlightServiceGrpc.getDoGetMethod().getFullMethodName()) ? null : rpc;
        }
    }
}
