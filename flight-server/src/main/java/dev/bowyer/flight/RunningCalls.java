package dev.bowyer.flight;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.time.Duration;

/// Counts the calls of Flight that run, and refuses new ones once the server stops: a connection goes on taking calls
/// for a while after it was told GOAWAY. Health checks do not pass here, so a watch keeps no server from stopping.
final class RunningCalls implements ServerInterceptor {
    private int running;
    private boolean refusing;

    static ServiceException stopping() {
        return new ServiceException(
                ErrorCode.UNAVAILABLE, "the server is stopping", "ask another replica, or try again soon");
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (!begun()) {
            AuthInterceptor.close(call, StatusMapping.of(stopping(), null));
            return new ServerCall.Listener<>() {};
        }
        ServerCall.Listener<Q> listener;
        try {
            listener = next.startCall(call, headers);
        } catch (RuntimeException | Error e) {
            ended();
            throw e;
        }
        return new SimpleForwardingServerCallListener<>(listener) {
            @Override
            public void onComplete() {
                try {
                    super.onComplete();
                } finally {
                    ended();
                }
            }

            @Override
            public void onCancel() {
                try {
                    super.onCancel();
                } finally {
                    ended();
                }
            }
        };
    }

    /// From now on new calls end with UNAVAILABLE.
    synchronized void refuse() {
        refusing = true;
    }

    /// Blocks until no call runs, or `bound` has passed.
    ///
    /// @return whether none runs
    synchronized boolean awaitNone(Duration bound) throws InterruptedException {
        long deadline = System.nanoTime() + bound.toNanos();
        long left = bound.toNanos();
        while (running > 0 && left > 0) {
            // Rounded up, since 0 would wait for ever.
            wait(left / 1_000_000 + 1);
            left = deadline - System.nanoTime();
        }
        return running == 0;
    }

    private synchronized boolean begun() {
        if (!refusing) {
            running++;
        }
        return !refusing;
    }

    private synchronized void ended() {
        running--;
        notifyAll();
    }
}
