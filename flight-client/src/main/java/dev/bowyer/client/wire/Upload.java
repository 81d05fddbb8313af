package dev.bowyer.client.wire;

import com.google.protobuf.ByteString;
import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import dev.bowyer.client.frame.SharedDictionary;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.vector.types.pojo.Schema;
import org.jspecify.annotations.Nullable;

/** One DoPut: sends a schema and batches as fast as the server takes them, and collects its answers. For one thread. */
final class Upload extends ClientCall.Listener<Flight.PutResult> {
    /** Most answers that are kept; servers send one a batch, or one in all. */
    static final int MAX_RESULTS = 1_000_000;

    private final FlightCalls calls;
    private final ClientCall<Flight.FlightData, Flight.PutResult> call;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final List<ByteString> results = new ArrayList<>();
    private final Map<Long, SharedDictionary> sent = new HashMap<>();
    private DoGetCall.@Nullable End end;

    Upload(FlightCalls calls, ClientCall<Flight.FlightData, Flight.PutResult> call) {
        this.calls = calls;
        this.call = call;
    }

    /** Sends {@code schema} under {@code descriptor}. */
    void begin(Flight.FlightDescriptor descriptor, Schema schema) {
        call.start(this, new Metadata());
        call.request(MAX_RESULTS);
        send(OutboundMessages.schema(schema).setFlightDescriptor(descriptor).build());
    }

    /** Sends one batch, with the dictionaries that the server does not have yet; it stays the caller's. */
    void send(Batch batch) {
        for (Flight.FlightData dictionary : OutboundMessages.newDictionaries(batch, sent)) {
            send(dictionary);
        }
        int pieces = OutboundMessages.pieces(batch);
        for (int i = 0; i < pieces; i++) {
            try (Batch piece = OutboundMessages.piece(batch, i, pieces)) {
                send(OutboundMessages.batch(piece));
            }
        }
    }

    private void send(Flight.FlightData message) {
        lock.lock();
        try {
            await(() -> call.isReady());
        } finally {
            lock.unlock();
        }
        call.sendMessage(message);
    }

    /** @return the {@code app_metadata} of each answer, once the server has said that all is well */
    List<ByteString> finish() {
        call.halfClose();
        lock.lock();
        try {
            await(() -> end != null);
            return List.copyOf(results);
        } finally {
            lock.unlock();
        }
    }

    /** After a failure; does nothing after {@link #finish}. */
    void cancel() {
        call.cancel("given up by the caller", null);
        sent.clear();
    }

    private void await(BooleanSupplier condition) {
        Duration idle = calls.settings().waits().idle();
        long left = idle.toNanos();
        while (true) {
            DoGetCall.End over = end;
            if (over != null && !over.status().isOk()) {
                throw Failures.of(calls.settings().uri(), over.status(), over.trailers());
            }
            if (condition.getAsBoolean()) {
                return;
            }
            if (over != null) {
                throw BowyerException.of(
                        ErrorCodes.BAD_ANSWER,
                        calls.settings().uri() + " ended the upload before its last batch",
                        null);
            }
            if (left <= 0) {
                throw BowyerException.of(
                        ErrorCodes.DEADLINE_EXCEEDED,
                        calls.settings().uri() + " has taken nothing for " + idle.toSeconds() + " s",
                        "idleTimeout sets how long to wait");
            }
            try {
                left = news.awaitNanos(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw FlightCalls.interrupted(e);
            }
        }
    }

    @Override
    public void onReady() {
        change(() -> {});
    }

    @Override
    public void onMessage(Flight.PutResult message) {
        change(() -> results.add(message.getAppMetadata()));
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        change(() -> end = new DoGetCall.End(status, trailers));
    }

    private void change(Runnable change) {
        lock.lock();
        try {
            change.run();
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
