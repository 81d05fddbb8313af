package dev.bowyer.flight.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.bowyer.engine.BatchStream;
import dev.bowyer.engine.QueryMetrics;
import dev.bowyer.error.ServiceException;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Every way a stream can break, against a call that throws when it is closed twice.
final class BatchWriterTest {
    private static final Schema SCHEMA = new Schema(List.of());

    private final RecordedCall call = new RecordedCall();
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private final BatchWriter writer = writer(tasks::add);
    private final Broken stream = new Broken();

    @Test
    void aMessageOverTwoGibibytesIsRefusedAndReleased() {
        AtomicInteger released = new AtomicInteger();
        stream.next = new Sized(Integer.MAX_VALUE, released);
        writer.start(SCHEMA, stream);
        assertThat(released).hasValue(1);
        assertThat(call.sent).hasValue(1);
        assertThat(call.closes)
                .hasSize(1)
                .allSatisfy(status -> assertThat(status.getDescription())
                        .contains("LIMIT_REACHED")
                        .contains("2 GiB"));
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void anErrorInSendingEndsTheCallOnce() {
        call.failure = new AssertionError("out of direct memory");
        AtomicInteger released = new AtomicInteger();
        stream.next = new Sized(8, released);
        writer.start(SCHEMA, stream);
        writer.fail(new IllegalStateException("what the handler would tell"));
        assertThat(call.closes).hasSize(1);
        assertThat(released).hasValue(1);
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void aStreamThatDoesNotCloseStillEndsTheCallOnce() {
        stream.next = BatchStream.End.INSTANCE;
        stream.onClose = new IllegalStateException("close");
        writer.start(SCHEMA, stream);
        writer.fail(new IllegalStateException("what the handler would tell"));
        writer.callReady();
        assertThat(call.closes).extracting(Status::getCode).containsExactly(Status.Code.OK);
        assertThat(stream.closes).hasValue(1);
    }

    @Test
    void aCancelThatThrowsStillClosesTheStream() {
        writer.start(SCHEMA, stream);
        stream.onCancel = new IllegalStateException("cancel");
        assertThatThrownBy(writer::cancel).hasMessage("cancel");
        tasks.forEach(Runnable::run);
        assertThat(stream.closes).hasValue(1);
        assertThat(call.closes).isEmpty();
        assertThat(writer.isOver()).isTrue();
    }

    @Test
    void aFailureBeforeTheStartEndsTheCallOnce() {
        writer.fail(new IllegalStateException("one"));
        writer.fail(new IllegalStateException("two"));
        assertThat(call.closes).hasSize(1);
        assertThat(writer.isOver()).isTrue();
    }

    @Test
    void withoutAnEventLoopTheStreamIsClosedOutsideTheEnginesThread() {
        BatchWriter late = writer(_ -> {
            throw new RejectedExecutionException();
        });
        late.start(SCHEMA, stream);
        late.streamReady();
        await().untilAsserted(() -> assertThat(stream.closes).hasValue(1));
        assertThat(stream.closedBy).isNotSameAs(Thread.currentThread());
        assertThat(call.closes).isEmpty();
    }

    private BatchWriter writer(Executor executor) {
        return new BatchWriter(
                call,
                executor,
                failure -> new StatusRuntimeException(Status.INTERNAL.withDescription(
                        failure instanceof ServiceException ours ? ours.describe() : failure.getMessage())));
    }

    /// Gives [#next] each time, and throws where it is told to.
    private static final class Broken implements BatchStream {
        final AtomicInteger closes = new AtomicInteger();
        volatile Next next = Pending.INSTANCE;
        volatile @Nullable RuntimeException onCancel;
        volatile @Nullable RuntimeException onClose;
        volatile @Nullable Thread closedBy;

        @Override
        public Next next() {
            return next;
        }

        @Override
        public void cancel() {
            if (onCancel != null) {
                throw onCancel;
            }
        }

        @Override
        public QueryMetrics metrics() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            closedBy = Thread.currentThread();
            closes.incrementAndGet();
            if (onClose != null) {
                throw onClose;
            }
        }
    }

    /// Says that its body has `bodyBytes`, and holds none.
    private record Sized(long bodyBytes, AtomicInteger released) implements BatchStream.Message {
        @Override
        public ByteBuffer header() {
            return ByteBuffer.allocate(8);
        }

        @Override
        public List<ByteBuffer> body() {
            return List.of();
        }

        @Override
        public long rows() {
            return 1;
        }

        @Override
        public void release() {
            released.incrementAndGet();
        }
    }
}
