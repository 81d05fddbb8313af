package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;
import org.apache.arrow.flight.impl.Flight;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.OutOfMemoryException;
import org.jspecify.annotations.Nullable;

/**
 * One DoGet: copies each message out of the transport as soon as there is memory for it, and decodes it. Until then it stays where
 * it is, and the server is asked for no more.
 *
 * <p>News come from gRPC, from memory that was released, and from {@link #stop}. Whoever brings them works them off, unless another
 * thread is at it already: no two threads ever are.
 */
final class DoGetCall extends ClientCall.Listener<FlightMessage> {
    /** Messages that the transport may hold before they are copied: one to copy, one to arrive meanwhile. */
    private static final int IN_TRANSPORT = 2;

    private static final int DIGEST_BITS = 32;

    private final EndpointReader reader;
    private final ClientCall<Flight.Ticket, FlightMessage> call;
    private final Memory memory;
    private final BufferAllocator allocator;
    private final IpcDecoder decoder;
    private final @Nullable String authorization;
    private final Queue<FlightMessage> inbox = new ConcurrentLinkedQueue<>();
    private final AtomicInteger news = new AtomicInteger();
    private final Runnable work = this::work;
    private boolean started;
    private volatile boolean stopped;
    private volatile @Nullable End end;

    // of the thread that works
    private @Nullable ArrowBuf body;
    private long digest;
    private int messages;
    private boolean done;

    /** How the call ended. */
    record End(Status status, Metadata trailers) {}

    /** @param authorization what the call was sent with */
    DoGetCall(
            EndpointReader reader,
            ClientCall<Flight.Ticket, FlightMessage> call,
            Memory memory,
            BufferAllocator allocator,
            @Nullable String authorization) {
        this.reader = reader;
        this.call = call;
        this.memory = memory;
        this.allocator = allocator;
        this.decoder = new IpcDecoder(allocator, memory.budget(), reader.part().index());
        this.authorization = authorization;
    }

    void start(Flight.Ticket ticket) {
        synchronized (call) {
            if (stopped) {
                end = new End(Status.CANCELLED, new Metadata());
            } else {
                started = true;
                call.start(this, new Metadata());
                call.request(IN_TRANSPORT);
                call.sendMessage(ticket);
                call.halfClose();
            }
        }
        work();
    }

    @Nullable
    String authorization() {
        return authorization;
    }

    /** Messages of Arrow that have come. */
    int messages() {
        return messages;
    }

    IpcDecoder decoder() {
        return decoder;
    }

    /** The server may send one message more. */
    void more() {
        call.request(1);
    }

    /** Ends the call; the reader hears of its end soon, and of nothing else before. */
    void stop(String reason) {
        stopped = true;
        synchronized (call) {
            if (started) {
                call.cancel(reason, null);
            }
        }
        work();
    }

    @Override
    public void onMessage(FlightMessage message) {
        inbox.add(message);
        work();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
        end = new End(Failures.asBroken(status), trailers);
        work();
    }

    /** Something may have changed: memory, or whose turn it is. */
    void work() {
        if (news.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            step();
            seen = news.addAndGet(-seen);
        } while (seen != 0);
    }

    private void step() {
        while (!done) {
            if (stopped) {
                drop();
            }
            FlightMessage message = inbox.peek();
            if (message == null) {
                End ended = end;
                if (ended == null || inbox.peek() != null) {
                    return;
                }
                done = true;
                decoder.close();
                reader.ended(this, ended);
            } else if (!taken(message)) {
                return;
            }
        }
    }

    private void drop() {
        ArrowBuf held = body;
        body = null;
        if (held != null) {
            held.close();
            inbox.poll();
        }
        for (FlightMessage message = inbox.poll(); message != null; message = inbox.poll()) {
            message.close();
        }
    }

    /** @return false when there is no memory for it; it stays in the inbox */
    private boolean taken(FlightMessage message) {
        try {
            if (message.fault() != null) {
                throw new BadAnswer(message.fault());
            }
            ArrowBuf copied = body == null ? copy(message) : body;
            if (copied == null) {
                return false;
            }
            if (message.header().length == 0) {
                call.request(1); // metadata alone
            } else if (decoded(message, copied)) {
                messages++;
            } else {
                return false;
            }
            body = null;
            copied.close();
            inbox.poll();
        } catch (BowyerException e) {
            fail(e);
        } catch (BadAnswer | IOException e) {
            fail(new BowyerException(ErrorCodes.BAD_ANSWER, reader.location() + " sent " + e.getMessage(), null, e));
        } catch (RuntimeException | Error e) {
            fail(new BowyerException(ErrorCodes.INTERNAL, "reading a message failed: " + e, null, e));
        }
        return true;
    }

    private void fail(BowyerException failure) {
        reader.fail(failure);
        stopped = true;
        call.cancel("the answer cannot be used", failure);
        drop();
    }

    /** @return null when there is no memory for it */
    private @Nullable ArrowBuf copy(FlightMessage message) throws IOException {
        ArrowBuf copied = allocated(message.bodyLength());
        if (copied == null) {
            return null;
        }
        body = copied;
        message.copyBody(copied);
        digest = reader.wantsDigests() ? digest(message.header(), copied) : 0;
        return copied;
    }

    private @Nullable ArrowBuf allocated(int size) {
        if (size > memory.budget()) {
            throw Failures.budget(size, memory.budget());
        }
        ArrowBuf found = tried(size);
        if (found == null) {
            memory.onRelease(work);
            found = tried(size);
        }
        reader.shortOf(found == null ? size : 0);
        return found;
    }

    private @Nullable ArrowBuf tried(int size) {
        try {
            // Allocators round up; what is beyond the body is nobody's.
            return reader.mayHold(size) ? allocator.buffer(size).slice(0, size) : null;
        } catch (OutOfMemoryException e) {
            return null;
        }
    }

    private boolean decoded(FlightMessage message, ArrowBuf copied) {
        Batch batch = decodedOrNull(message, copied);
        if (batch == null && reader.isShort()) {
            return false;
        }
        reader.arrived(this, batch, messages, digest, copied.capacity());
        return true;
    }

    private @Nullable Batch decodedOrNull(FlightMessage message, ArrowBuf copied) {
        reader.shortOf(0);
        try {
            return decoder.decode(message.header(), copied, memory::sweep);
        } catch (OutOfMemoryException first) {
            memory.onRelease(work);
            try {
                return decoder.decode(message.header(), copied, memory::sweep);
            } catch (OutOfMemoryException second) {
                reader.shortOf(copied.capacity());
                return null;
            }
        }
    }

    private static long digest(byte[] header, ArrowBuf body) {
        CRC32C ofHeader = new CRC32C();
        ofHeader.update(header, 0, header.length);
        CRC32C ofBody = new CRC32C();
        ofBody.update(body.nioBuffer(0, (int) body.capacity()));
        return ofHeader.getValue() << DIGEST_BITS | ofBody.getValue();
    }
}
