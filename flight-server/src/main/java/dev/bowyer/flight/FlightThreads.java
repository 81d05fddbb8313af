package dev.bowyer.flight;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The threads of one endpoint: event loops for the network; login threads, which check passwords; RPC
/// threads, which may block while the engine plans (platform threads, since native calls pin); pump threads,
/// which never block, so that running streams neither wait behind planning nor keep an event loop from
/// reading what its clients send. The queues have no bound of their own: each open call has at most one task
/// waiting, and calls are limited by connection.
record FlightThreads(
        EventLoopGroup accept, EventLoopGroup io, ExecutorService login, ExecutorService rpc, ExecutorService pump) {
    /// Requests that plan or list at the same time; more wait.
    private static final int RPC_THREADS = 16;
    /// Passwords that are checked at the same time. That takes long on purpose, and whoever tries many must not keep
    /// the others from planning.
    private static final int LOGIN_THREADS = 2;

    /// Enough for the engine to plan on the calling thread, which it otherwise leaves for one of its own.
    /// Only what is touched takes memory.
    private static final long RPC_STACK = 32L * 1024 * 1024;

    private static final Duration IDLE = Duration.ofSeconds(30);

    static FlightThreads start() {
        int cores = Runtime.getRuntime().availableProcessors();
        return new FlightThreads(
                eventLoops(1, "bowyer-flight-accept"),
                eventLoops(cores, "bowyer-flight-io"),
                pool(LOGIN_THREADS, "bowyer-flight-login"),
                pool(RPC_THREADS, "bowyer-flight-rpc"),
                pool(cores, "bowyer-flight-pump"));
    }

    static Class<? extends ServerChannel> channelType() {
        return Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
    }

    static String transportName() {
        return Epoll.isAvailable() ? "epoll" : "nio";
    }

    /// Lets what was submitted finish, then ends all threads.
    ///
    /// @param bound longest wait for each group
    void close(Duration bound) {
        end(login, bound);
        end(rpc, bound);
        end(pump, bound);
        List.of(io, accept).stream()
                .map(group -> group.shutdownGracefully(0, bound.toMillis(), TimeUnit.MILLISECONDS))
                .toList()
                .forEach(ended -> ended.awaitUninterruptibly(bound.toMillis(), TimeUnit.MILLISECONDS));
    }

    private static void end(ExecutorService pool, Duration bound) {
        pool.shutdown();
        try {
            if (!pool.awaitTermination(bound.toMillis(), TimeUnit.MILLISECONDS)) {
                pool.shutdownNow();
            }
        } catch (InterruptedException _) {
            pool.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private static EventLoopGroup eventLoops(int threads, String name) {
        return new MultiThreadIoEventLoopGroup(
                threads,
                new DefaultThreadFactory(name, true),
                Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    }

    private static ExecutorService pool(int threads, String name) {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads,
                threads,
                IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform()
                        .daemon()
                        .name(name + "-", 0)
                        .stackSize(RPC_STACK)
                        .factory());
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
