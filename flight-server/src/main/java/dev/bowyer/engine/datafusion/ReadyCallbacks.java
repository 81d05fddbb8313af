package dev.bowyer.engine.datafusion;

import dev.bowyer.engine.ReadyListener;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/// Finds the listener that a ready callback of one engine is for. The engine knows listeners by cookies, so a
/// callback that comes late finds nothing and does nothing.
final class ReadyCallbacks {
    private static final MethodHandle READY = readyMethod();

    private final AtomicLong lastCookie = new AtomicLong();
    private final ConcurrentMap<Long, ReadyListener> listeners = new ConcurrentHashMap<>();

    /// The C function for `bowyer_engine_new`. It keeps this object for the life of the process; an engine needs
    /// one.
    MemorySegment function() {
        return NativeCalls.upcall(READY.bindTo(this));
    }

    long register(ReadyListener listener) {
        long cookie = lastCookie.incrementAndGet();
        listeners.put(cookie, listener);
        return cookie;
    }

    void unregister(long cookie) {
        listeners.remove(cookie);
    }

    /// Called by threads of the engine. Whatever gets out of here ends the process.
    void ready(long cookie) {
        try {
            ReadyListener listener = listeners.get(cookie);
            if (listener != null) {
                listener.ready();
            }
        } catch (Throwable e) {
            swallow(e);
        }
    }

    /// [ReadyListener] says so: there is nobody above who could be told.
    private static void swallow(Throwable ignored) {}

    private static MethodHandle readyMethod() {
        try {
            return MethodHandles.lookup()
                    .findVirtual(ReadyCallbacks.class, "ready", MethodType.methodType(void.class, long.class));
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the method above is gone", e);
        }
    }
}
