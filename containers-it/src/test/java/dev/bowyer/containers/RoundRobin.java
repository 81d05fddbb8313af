package dev.bowyer.containers;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;

/// A balancer of TCP connections: each goes to the next server, as a Kubernetes service or a cloud's balancer does it.
final class RoundRobin implements AutoCloseable {
    private static final int BACKLOG = 50;

    private final List<Integer> servers;
    private final ServerSocket listener;
    private final AtomicIntegerArray connections;
    private final ExecutorService pumps = Executors.newVirtualThreadPerTaskExecutor();

    private RoundRobin(List<Integer> servers, ServerSocket listener) {
        this.servers = servers;
        this.listener = listener;
        connections = new AtomicIntegerArray(servers.size());
    }

    static RoundRobin over(List<Integer> ports) throws IOException {
        RoundRobin balancer = new RoundRobin(ports, new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress()));
        balancer.pumps.execute(balancer::accept);
        return balancer;
    }

    int port() {
        return listener.getLocalPort();
    }

    /// How many each server got, in their order.
    List<Integer> connections() {
        return IntStream.range(0, servers.size()).mapToObj(connections::get).toList();
    }

    private void accept() {
        int next = 0;
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket server = new Socket(InetAddress.getLoopbackAddress(), servers.get(next));
                connections.incrementAndGet(next);
                next = (next + 1) % servers.size();
                pumps.execute(() -> pump(client, server));
                pumps.execute(() -> pump(server, client));
            } catch (IOException e) {
                // The listener was closed, or a client left at once.
            }
        }
    }

    /// Until one side ends; the end of one direction ends both, which is enough for gRPC.
    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
        } catch (IOException e) {
            // Closed by the other direction.
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        pumps.shutdownNow();
        pumps.close();
    }
}
