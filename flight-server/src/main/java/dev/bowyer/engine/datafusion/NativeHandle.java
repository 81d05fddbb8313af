package dev.bowyer.engine.datafusion;

import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One native handle and the call that frees it, at most once. Thread-safe. A handle that is freed between [#value]
/// and its use is an error of the engine ("stale handle"), never a crash.
///
/// Freeing an engine frees what belongs to it, so closing a handle after its engine does nothing.
final class NativeHandle implements AutoCloseable {
    private final String what;
    private final NativeBorder border;
    private final @Nullable NativeHandle engine;
    private final long value;
    private final MethodHandle free;
    private final AtomicBoolean closed = new AtomicBoolean();

    /// @param what for messages: "plan"
    /// @param engine null for an engine itself and for what belongs to none
    NativeHandle(String what, NativeBorder border, @Nullable NativeHandle engine, long value, MethodHandle free) {
        this.what = what;
        this.border = border;
        this.engine = engine;
        this.value = value;
        this.free = free;
    }

    /// @throws ServiceException UNAVAILABLE if this or its engine is closed
    long value() {
        if (isClosed()) {
            throw new ServiceException(
                    ErrorCode.UNAVAILABLE, "the " + (engineIsClosed() ? "engine" : what) + " is closed");
        }
        return value;
    }

    boolean isClosed() {
        return closed.get() || engineIsClosed();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true) && !engineIsClosed()) {
            try {
                border.on(free, value);
            } catch (ServiceException e) {
                if (!engineIsClosed()) {
                    throw e;
                }
            }
        }
    }

    private boolean engineIsClosed() {
        return engine != null && engine.closed.get();
    }
}
