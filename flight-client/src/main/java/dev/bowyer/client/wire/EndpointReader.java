package dev.bowyer.client.wire;

import dev.bowyer.client.error.BowyerException;
import dev.bowyer.client.error.ErrorCodes;
import dev.bowyer.client.frame.Batch;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint, from its first row to its last, over as many calls as that takes. Everything is guarded by the lock of the answer.
 *
 * <p>A connection that breaks is made again where the ticket may be used again. Rows that nobody has seen yet are forgotten and read
 * anew; of those that were handed out, each message is compared by its checksum with what came the first time, and passed over.
 */
final class EndpointReader {
    /** Batches that wait for the reader of the answer, of one endpoint. */
    static final int AHEAD = 4;

    private static final Metadata.Key<String> ROWS = Metadata.Key.of("x-bowyer-rows", Metadata.ASCII_STRING_MARSHALLER);

    private final Endpoints endpoints;
    private final Part part;
    private final Deque<Batch> ready = new ArrayDeque<>();
    private final Digests digests = new Digests();
    private @Nullable DoGetCall call;
    private int location;
    private int attempt;
    private boolean renewed;
    private boolean isOver;
    private int owed;
    private long missing;
    private long rows;
    private long handedOut;
    private int passOver;
    private int furthest;

    EndpointReader(Endpoints endpoints, Part part) {
        this.endpoints = endpoints;
        this.part = part;
    }

    Part part() {
        return part;
    }

    ServerUri location() {
        return part.locations().get(location);
    }

    boolean isStarted() {
        return attempt > 0;
    }

    boolean isOver() {
        return isOver;
    }

    long rows() {
        return rows;
    }

    /** Calls the server. Not under the lock: a login may be needed first. */
    void start() {
        FlightCalls calls = endpoints.calls();
        String authorization = calls.settings().authorization().header(calls);
        boolean isOrigin = location().equals(calls.settings().uri());
        Metadata headers = calls.headers(authorization, endpoints.scope().headers(), isOrigin);
        Channel channel = calls.channel(location(), part.index(), headers);
        DoGetCall begun = new DoGetCall(
                this,
                channel.newCall(FlightMethods.DO_GET, endpoints.scope().within(io.grpc.CallOptions.DEFAULT)),
                endpoints.memory(),
                endpoints.allocator(),
                authorization);
        endpoints.change(() -> {
            attempt++;
            owed = 0;
            missing = 0;
            if (endpoints.callBegins()) {
                call = begun;
            }
        });
        if (call == begun) {
            begun.start(Flight.Ticket.newBuilder().setTicket(part.ticket()).build());
        }
    }

    void stop(String reason) {
        DoGetCall running = call;
        if (running != null) {
            running.stop(reason);
        }
    }

    /** It may be its turn now, or there may be memory. */
    void nudge() {
        DoGetCall running = call;
        if (running != null) {
            running.work();
        }
    }

    // ------------------------------------------------------------ for the reader of the answer, under the lock

    @Nullable
    Batch poll() {
        Batch batch = ready.poll();
        if (batch != null) {
            handedOut++;
            if (owed > 0 && call != null) {
                owed--;
                call.more();
            }
        }
        return batch;
    }

    /** All that is there, once it is over. */
    Deque<Batch> ready() {
        return ready;
    }

    /** Bytes that it waits for; 0: it does not wait for memory. */
    long missing() {
        return missing;
    }

    void dropReady() {
        ready.forEach(Batch::close);
        ready.clear();
    }

    // ------------------------------------------------------------ for the call, on its thread

    boolean wantsDigests() {
        return !endpoints.keepsAll() && part.expires() != null;
    }

    boolean mayHold(int size) {
        return endpoints.mayHold(this, size);
    }

    boolean isShort() {
        return missing > 0;
    }

    void shortOf(long size) {
        endpoints.change(() -> {
            boolean isNews = missing == 0 && size > 0;
            missing = size;
            if (isNews) {
                endpoints.signal();
            }
        });
    }

    /** @param batch null: the message was a schema or a dictionary */
    void arrived(DoGetCall from, @Nullable Batch batch, int index, long digest, long bytes) {
        endpoints.change(() -> {
            boolean again = index < passOver;
            if (endpoints.areStopped() || again) {
                if (batch != null) {
                    batch.close();
                }
            }
            if (endpoints.areStopped()) {
                return;
            }
            missing = 0;
            if (index >= furthest) {
                // Further than any attempt before: what repeats itself is no progress.
                furthest = index + 1;
                attempt = 1;
            }
            if (again) {
                digests.check(index, digest);
            } else if (wantsDigests()) {
                digests.add(digest);
            }
            if (batch == null) {
                endpoints.schemaArrived(from.decoder().schema(), part.index());
            } else if (!again) {
                ready.add(batch);
                rows += batch.rowCount();
                endpoints.arrived(batch.rowCount(), bytes);
            }
            if (ready.size() < AHEAD || endpoints.keepsAll()) {
                from.more();
            } else {
                owed++;
            }
        });
    }

    void fail(BowyerException failure) {
        endpoints.fail(failure);
    }

    private enum Next {
        /** It is whole, or failed, or nobody wants it. */
        NOTHING,
        FAIL,
        RESTART,
        /** With another token, if there is one. */
        LOG_IN
    }

    /** The call is over, and nothing of it is held any more. */
    void ended(DoGetCall ended, DoGetCall.End end) {
        Next next = endpoints.locked(() -> {
            endpoints.callEnds();
            call = null;
            if (endpoints.areStopped()) {
                return Next.NOTHING;
            }
            if (end.status().isOk()) {
                wholeOrFail(ended, end.trailers());
                return Next.NOTHING;
            }
            return afterFailure(ended, end.status());
        });
        // A login may take long: not under the lock.
        boolean renewed = next == Next.LOG_IN
                && endpoints.calls().settings().authorization().renew(ended.authorization());
        if (next == Next.RESTART) {
            endpoints.restart(this, attempt);
        } else if (renewed) {
            endpoints.restart(this, 0);
        } else if (next != Next.NOTHING) {
            endpoints.fail(failure(end));
        }
    }

    private void wholeOrFail(DoGetCall ended, Metadata trailers) {
        String told = trailers.get(ROWS);
        if (ended.decoder().schema() == null) {
            fail(BowyerException.of(
                    ErrorCodes.BAD_ANSWER,
                    location() + " sent an answer without a schema",
                    "is this ticket for rows?"));
        } else if (ended.messages() < passOver) {
            fail(Digests.otherAnswer());
        } else if (told != null && !told.equals(Long.toString(rows))) {
            fail(BowyerException.of(
                    ErrorCodes.ROW_COUNT_MISMATCH,
                    "endpoint " + part.index() + " has " + told + " rows by the server's count, and " + rows + " came",
                    "the answer is not whole; run the query again"));
        } else {
            isOver = true;
            endpoints.endpointEnds();
        }
    }

    private Next afterFailure(DoGetCall ended, Status status) {
        if (status.getCode() == Status.Code.UNAUTHENTICATED && ended.messages() == 0 && !renewed) {
            renewed = true;
            return Next.LOG_IN;
        }
        if (status.getCode() != Status.Code.UNAVAILABLE || !endpoints.scope().hasTime()) {
            return Next.FAIL;
        }
        boolean unsent = Failures.neverSent(status) && ended.messages() == 0;
        if (unsent && location + 1 < part.locations().size()) {
            location++;
            attempt = 0;
            return Next.RESTART;
        }
        boolean repeatable = unsent || part.isRepeatable(Clock.systemUTC());
        return repeatable && endpoints.calls().backoff().mayTryAgain(attempt) && rewound() ? Next.RESTART : Next.FAIL;
    }

    /** @return false when rows that were handed out could not be told from others */
    private boolean rewound() {
        if (endpoints.keepsAll() || handedOut == 0) {
            endpoints.forgotten(rows);
            dropReady();
            digests.clear();
            rows = 0;
            passOver = 0;
            return true;
        }
        passOver = digests.count();
        return digests.areComplete();
    }

    private BowyerException failure(DoGetCall.End end) {
        BowyerException failure = Failures.ofStream(location(), end.status(), end.trailers());
        if (!failure.code().equals(ErrorCodes.UNAVAILABLE) || rows == 0) {
            return failure;
        }
        return new BowyerException(
                failure.code(),
                "the answer broke off after " + rows + " rows: " + failure.getMessage(),
                part.expires() == null
                        ? "its ticket can be used only once; run the query again"
                        : "run the query again",
                failure.queryId(),
                failure);
    }
}
