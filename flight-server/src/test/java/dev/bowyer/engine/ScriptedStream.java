package dev.bowyer.engine;

import dev.bowyer.engine.ScriptedEngine.Fail;
import dev.bowyer.engine.ScriptedEngine.Late;
import dev.bowyer.engine.ScriptedEngine.Rows;
import dev.bowyer.engine.ScriptedEngine.Stall;
import dev.bowyer.engine.ScriptedEngine.Step;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One run of a script.
final class ScriptedStream implements BatchStream {
    private final List<Step> script;
    private final ReadyListener listener;
    private final Runnable ended;
    private final Supplier<Runnable> handles;
    private final Runnable free;
    private final LentMemory memory;
    private int step;
    private long rows;
    private long bytes;
    private long messages;
    private boolean pending;
    private boolean closed;
    private @Nullable ServiceException failure;

    /// @param ended told once the run is over
    /// @param handles counts a handle until its result is run
    /// @param memory lends the bodies of messages
    ScriptedStream(
            List<Step> script, ReadyListener listener, Runnable ended, Supplier<Runnable> handles, LentMemory memory) {
        this.script = script;
        this.listener = listener;
        this.ended = ended;
        this.handles = handles;
        this.free = handles.get();
        this.memory = memory;
    }

    @Override
    public synchronized Next next() {
        pending = false;
        while (failure == null && step < script.size()) {
            switch (script.get(step)) {
                case Rows(int count) -> {
                    step++;
                    return message(count);
                }
                case Late() -> {
                    step++;
                    pending = true;
                    ForkJoinPool.commonPool().execute(this::wake);
                    return Pending.INSTANCE;
                }
                case Stall(ScriptedEngine.Gate gate) -> {
                    if (!gate.passes(this::wake)) {
                        pending = true;
                        return Pending.INSTANCE;
                    }
                    step++;
                }
                case Fail(ServiceException thrown) -> failure = thrown;
            }
        }
        ended.run();
        if (failure != null) {
            throw failure;
        }
        return End.INSTANCE;
    }

    @Override
    public void cancel() {
        synchronized (this) {
            if (closed || failure != null || step == script.size()) {
                return;
            }
            failure = new ServiceException(ErrorCode.CANCELLED, "the query was cancelled");
        }
        wake();
    }

    @Override
    public synchronized QueryMetrics metrics() {
        return new QueryMetrics(rows, bytes, messages, 0, 0, Duration.ZERO, Duration.ZERO, false);
    }

    @Override
    public void close() {
        cancel();
        synchronized (this) {
            closed = true;
        }
        ended.run();
        free.run();
    }

    private Message message(int count) {
        NumberMessage message = NumberMessage.of(rows, count, memory, handles.get());
        rows += count;
        bytes += message.header().remaining() + message.bodyBytes();
        messages++;
        return message;
    }

    private void wake() {
        synchronized (this) {
            if (!pending) {
                return;
            }
            pending = false;
        }
        listener.ready();
    }
}
