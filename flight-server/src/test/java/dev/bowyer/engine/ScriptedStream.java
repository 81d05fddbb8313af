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

/// One run of a script, or of a part of it.
final class ScriptedStream implements BatchStream {
    private final List<Step> script;
    private final RunOptions options;
    private final ReadyListener listener;
    private final Runnable ended;
    private final Supplier<Runnable> handles;
    private final Runnable free;
    private final LentMemory memory;
    private final @Nullable NumberFile file;
    private boolean fileEnded;
    private int step;
    /// Messages and rows of all parts that lie before the next step.
    private int messagesBefore;

    private long rowsBefore;
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
            List<Step> script,
            RunOptions options,
            ReadyListener listener,
            Runnable ended,
            Supplier<Runnable> handles,
            LentMemory memory) {
        this.script = script;
        this.options = options;
        this.listener = listener;
        this.ended = ended;
        this.handles = handles;
        this.free = handles.get();
        this.memory = memory;
        this.file = options.format() == OutputFormat.ARROW ? null : new NumberFile(options.format());
    }

    @Override
    public synchronized Next next() {
        pending = false;
        while (failure == null && step < script.size()) {
            switch (script.get(step)) {
                case Rows(int count) -> {
                    step++;
                    long first = rowsBefore;
                    rowsBefore += count;
                    if (messagesBefore++ % options.parts() == options.part()) {
                        return message(first, count);
                    }
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
        return last();
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
        double progress = script.isEmpty() ? 1 : (double) step / script.size();
        return new QueryMetrics(rows, bytes, messages, 0, 0, Duration.ZERO, Duration.ZERO, false, progress);
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

    private Next last() {
        if (file == null || fileEnded) {
            return End.INSTANCE;
        }
        fileEnded = true;
        String end = file.end();
        return end.isEmpty() ? End.INSTANCE : counted(NumberMessage.chunk(end, 0, memory, handles.get()));
    }

    private Message message(long first, int count) {
        return counted(
                file == null
                        ? NumberMessage.of(first, count, memory, handles.get())
                        : NumberMessage.chunk(file.rows(first, count), count, memory, handles.get()));
    }

    private Message counted(NumberMessage message) {
        rows += message.rows();
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
