package dev.bowyer.flight.wire;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A call that is always ready, and as strict as gRPC's own about being closed once.
final class RecordedCall extends ServerCall<Object, Frame> {
    final List<Status> closes = new CopyOnWriteArrayList<>();
    final AtomicInteger sent = new AtomicInteger();
    /// Thrown by [#sendMessage] from the second message on, after closing the call, as gRPC does with errors.
    volatile @Nullable Error failure;

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void sendMessage(Frame frame) {
        Error thrown = failure;
        if (sent.incrementAndGet() > 1 && thrown != null) {
            close(Status.CANCELLED, new Metadata());
            throw thrown;
        }
    }

    @Override
    public void close(Status status, Metadata trailers) {
        closes.add(status);
        if (closes.size() > 1) {
            throw new IllegalStateException("call already closed");
        }
    }

    @Override
    public boolean isCancelled() {
        return false;
    }

    @Override
    public MethodDescriptor<Object, Frame> getMethodDescriptor() {
        throw new UnsupportedOperationException();
    }
}
