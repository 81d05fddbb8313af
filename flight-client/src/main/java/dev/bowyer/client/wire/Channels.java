package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of a client: to its server, and to others that endpoints name; several to one server for parallel streams,
 * since one connection is served by one thread. Thread-safe.
 */
final class Channels implements AutoCloseable {
    /** Most servers that endpoints may lead to. */
    static final int MAX_SERVERS = 256;

    private static final long CLOSE_SECONDS = 5;

    private final Settings settings;
    private final Executor executor;
    private final Map<Lane, ManagedChannel> open = new HashMap<>();
    private @Nullable MultiThreadIoEventLoopGroup sockets;
    private boolean closed;

    private record Lane(ServerUri uri, int number) {}

    Channels(Settings settings, Executor executor) {
        this.settings = settings;
        this.executor = executor;
    }

    /**
     * Opened when it is first asked for; connected when it is first used.
     *
     * @param number any; streams with the same number modulo the count of connections share one
     */
    ManagedChannel channel(ServerUri uri, int number) {
        Lane lane = new Lane(uri, Math.floorMod(number, settings.connections().count()));
        synchronized (open) {
            if (closed) {
                throw Memory.closed();
            }
            ManagedChannel known = open.get(lane);
            if (known != null) {
                return known;
            }
            if (open.size() >= MAX_SERVERS * settings.connections().count()) {
                throw new BadAnswer("endpoints at more than " + MAX_SERVERS + " servers");
            }
            ManagedChannel channel = connect(uri);
            open.put(lane, channel);
            return channel;
        }
    }

    private ManagedChannel connect(ServerUri uri) {
        Settings.Connections connections = settings.connections();
        String authority = settings.tls().authority();
        NettyChannelBuilder builder = builder(uri)
                .executor(executor)
                .keepAliveTime(connections.keepAlive().toMillis(), TimeUnit.MILLISECONDS)
                .flowControlWindow(connections.window())
                .maxInboundMessageSize(connections.maxMessage())
                .userAgent("bowyer-flight-client")
                .disableRetry();
        if (authority != null) {
            builder.overrideAuthority(authority);
        }
        return builder.build();
    }

    private NettyChannelBuilder builder(ServerUri uri) {
        return switch (uri.kind()) {
            case UNIX ->
                NettyChannelBuilder.forAddress(
                                UnixDomainSocketAddress.of(uri.path()), InsecureChannelCredentials.create())
                        .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                        .eventLoopGroup(sockets())
                        .overrideAuthority("localhost");
            case PLAIN -> remote(uri, InsecureChannelCredentials.create());
            case TLS -> remote(uri, tls());
        };
    }

    /** By name, so that every address of a host is used in turn; by address where gRPC cannot parse the name as one. */
    private static NettyChannelBuilder remote(ServerUri uri, ChannelCredentials credentials) {
        if (URI.create("grpc://" + uri.authority()).getHost() != null) {
            return NettyChannelBuilder.forTarget("dns:///" + uri.authority(), credentials)
                    .defaultLoadBalancingPolicy("round_robin");
        }
        try {
            // Without the name, which gRPC would take for the authority.
            InetAddress address =
                    InetAddress.getByAddress(InetAddress.getByName(uri.host()).getAddress());
            return NettyChannelBuilder.forAddress(new InetSocketAddress(address, uri.port()), credentials);
        } catch (UnknownHostException e) {
            throw new BowyerException(
                    ErrorCodes.UNAVAILABLE,
                    "no answer from " + uri + " (the host is not known)",
                    "is the name right?",
                    e);
        }
    }

    private ChannelCredentials tls() {
        Settings.Tls tls = settings.tls();
        Path trust = tls.trust();
        Path certificate = tls.certificate();
        Path key = tls.key();
        try {
            TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
            if (trust != null) {
                builder.trustManager(trust.toFile());
            }
            if (certificate != null && key != null) {
                builder.keyManager(certificate.toFile(), key.toFile());
            }
            return builder.build();
        } catch (IOException e) {
            throw new BowyerException(
                    ErrorCodes.INVALID_ARGUMENT,
                    "a file of the tls options cannot be read: " + e.getMessage(),
                    null,
                    e);
        }
    }

    private MultiThreadIoEventLoopGroup sockets() {
        if (sockets == null) {
            sockets = new MultiThreadIoEventLoopGroup(settings.connections().count(), NioIoHandler.newFactory());
        }
        return sockets;
    }

    /** Ends all calls. Waits for them for a while. */
    @Override
    public void close() {
        synchronized (open) {
            closed = true;
            open.values().forEach(ManagedChannel::shutdownNow);
        }
        try {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
            for (ManagedChannel channel : open.values()) {
                channel.awaitTermination(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (sockets != null) {
            sockets.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }
}
