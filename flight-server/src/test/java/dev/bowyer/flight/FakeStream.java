package dev.bowyer.flight;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.flight.wire.RootStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;

/// One run of a [FakeEngine.Script].
final class FakeStream implements BatchStream {
    private final FakeEngine.Script script;
    private final FakeMemory memory;
    private final Runnable ready;
    private volatile boolean cancelled;
    private boolean told;
    private boolean closed;
    private int done;

    FakeStream(FakeEngine.Script script, FakeMemory memory, Runnable ready) {
        this.script = script;
        this.memory = memory;
        this.ready = ready;
        memory.streamOpened();
    }

    @Override
    public Next next() {
        if (cancelled) {
            throw new ServiceException(ErrorCode.CANCELLED, "the query was cancelled");
        }
        if (done == script.failAt()) {
            throw new ServiceException(ErrorCode.MEMORY_LIMIT, "out of memory at message " + done);
        }
        if (done == script.messages()) {
            return End.INSTANCE;
        }
        if (done == script.stallAt()) {
            return Pending.INSTANCE;
        }
        if (done % 3 == 0 && !told) {
            told = true;
            ready.run();
            return Pending.INSTANCE;
        }
        told = false;
        return message();
    }

    private Message message() {
        long first = (long) done * script.rows();
        done++;
        try (BufferAllocator allocator = new RootAllocator()) {
            RootStream<Long> rows = new RootStream<>(
                    allocator,
                    FakeEngine.SCHEMA,
                    LongStream.range(first, first + script.rows()).iterator(),
                    (root, index, value) -> {
                        ((BigIntVector) root.getVector(0)).setSafe(index, value);
                        return 0;
                    });
            Message encoded = (Message) rows.next();
            byte[] body = new byte[(int) encoded.bodyBytes()];
            encoded.body().getFirst().get(body);
            return new Lent(encoded.header(), memory.lend(body), script.rows());
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
    }

    @Override
    public QueryMetrics metrics() {
        return new QueryMetrics(0, 0, done, 0, 0, Duration.ZERO, Duration.ZERO, false);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            memory.streamClosed();
        }
    }

    private record Lent(ByteBuffer header, FakeMemory.Loan loan, long rows) implements Message {
        @Override
        public List<ByteBuffer> body() {
            return List.of(loan.bytes());
        }

        @Override
        public long bodyBytes() {
            return loan.bytes().remaining();
        }

        @Override
        public void release() {
            loan.release();
        }
    }
}
