package dev.bowyer.flight.ticket;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.bowyer.access.Caller;
import dev.bowyer.access.Seal;
import dev.bowyer.access.Seal.Purpose;
import dev.bowyer.error.ErrorCode;
import dev.bowyer.error.ServiceException;
import dev.bowyer.proto.v1.PollTicket;
import dev.bowyer.proto.v1.PreparedTicket;
import dev.bowyer.proto.v1.QueryTicket;
import dev.bowyer.query.Announcement;
import dev.bowyer.query.QueryRequest;
import java.time.Duration;
import java.time.Instant;
import org.apache.arrow.flight.impl.Flight;
import org.jspecify.annotations.Nullable;

/// Tickets, poll handles and handles of prepared statements: each carries all that a replica needs to serve it,
/// sealed, so that only its caller can use it and nobody can change it. Thread-safe.
public final class TicketCodec {
    /// The first byte of everything that is sealed; neither a protobuf message nor a printable text starts with it.
    private static final byte SEALED = 0x01;
    /// Longest ticket or handle that is looked at, in bytes: the largest values that can be bound, and the longest
    /// statement, fit.
    static final int MAX_BYTES = 4 * 1024 * 1024;

    private static final String ASK_AGAIN = "ask for the flight info again";
    private static final String PREPARE_AGAIN = "prepare the statement again";

    private final Seal seal;
    private final Duration expiry;

    /// @param expiry how long a ticket is valid; handles of prepared statements are as long as the key lives
    public TicketCodec(Seal seal, Duration expiry) {
        this.seal = seal;
        this.expiry = expiry;
    }

    /// A ticket and when it expires.
    public record Issue(Flight.Ticket ticket, Instant expiry) {}

    /// What a poll goes on with.
    public record Poll(Announcement announcement, Flight.FlightDescriptor descriptor) {}

    /// How long a ticket or poll handle is valid.
    public Duration expiry() {
        return expiry;
    }

    public Issue issue(Announcement announced) {
        Instant until = Instant.now().plus(expiry);
        byte[] payload = Payloads.of(announced).toByteArray();
        ByteString sealed = ByteString.copyFrom(seal.seal(Purpose.TICKET, payload, until));
        return new Issue(Flight.Ticket.newBuilder().setTicket(sealed).build(), until);
    }

    /// @throws ServiceException INVALID_TICKET, TICKET_EXPIRED or QUERY_NOT_FOUND for what cannot be opened;
    ///     PERMISSION_DENIED for somebody else's
    public Ticket open(Flight.Ticket ticket, Caller caller) {
        ByteString bytes = ticket.getTicket();
        if (!isSealed(bytes)) {
            return new Ticket.Bare(bytes);
        }
        byte[] payload = opened(Purpose.TICKET, bytes, "ticket", ASK_AGAIN);
        try {
            return new Ticket.Issued(Payloads.announcement(QueryTicket.parseFrom(payload), caller));
        } catch (InvalidProtocolBufferException e) {
            throw damaged("ticket", e);
        }
    }

    public ByteString issuePoll(Announcement announced, Flight.FlightDescriptor descriptor) {
        PollTicket poll = PollTicket.newBuilder()
                .setQuery(Payloads.of(announced))
                .setFlightDescriptor(descriptor.toByteString())
                .build();
        Instant until = Instant.now().plus(expiry);
        return ByteString.copyFrom(seal.seal(Purpose.POLL, poll.toByteArray(), until));
    }

    /// @throws ServiceException as [#open]
    public Poll openPoll(ByteString handle, Caller caller) {
        try {
            PollTicket poll = PollTicket.parseFrom(opened(Purpose.POLL, handle, "poll handle", ASK_AGAIN));
            return new Poll(
                    Payloads.announcement(poll.getQuery(), caller),
                    Flight.FlightDescriptor.parseFrom(poll.getFlightDescriptor()));
        } catch (InvalidProtocolBufferException e) {
            throw damaged("poll handle", e);
        }
    }

    /// @param request of a prepared statement, with the values bound to it if any are
    public ByteString issuePrepared(QueryRequest request) {
        byte[] payload = Payloads.prepared(request).toByteArray();
        return ByteString.copyFrom(seal.seal(Purpose.PREPARED_STATEMENT, payload, null));
    }

    /// @throws ServiceException as [#open]; QUERY_NOT_FOUND for bytes that no server with one of the keys made
    public QueryRequest openPrepared(ByteString handle, Caller caller) {
        if (!isSealed(handle)) {
            throw new ServiceException(
                    ErrorCode.QUERY_NOT_FOUND, "no prepared statement has this handle", PREPARE_AGAIN);
        }
        byte[] payload = opened(Purpose.PREPARED_STATEMENT, handle, "prepared statement", PREPARE_AGAIN);
        try {
            return Payloads.prepared(PreparedTicket.parseFrom(payload), caller);
        } catch (InvalidProtocolBufferException e) {
            throw damaged("prepared statement", e);
        }
    }

    /// Whether the bytes claim to be one of the forms made here.
    public static boolean isSealed(ByteString bytes) {
        return !bytes.isEmpty() && bytes.byteAt(0) == SEALED;
    }

    private byte[] opened(Purpose purpose, ByteString sealed, String what, String nextStep) {
        if (sealed.size() > MAX_BYTES) {
            throw new ServiceException(
                    ErrorCode.INVALID_TICKET,
                    "the " + what + " has " + sealed.size() + " bytes (limit: " + MAX_BYTES + ")");
        }
        return switch (seal.open(purpose, sealed.toByteArray())) {
            case Seal.Opened.Valid(byte[] payload, Instant _) -> payload;
            case Seal.Opened.Expired(Instant at) ->
                throw new ServiceException(ErrorCode.TICKET_EXPIRED, "the " + what + " has expired at " + at, nextStep);
            case Seal.Opened.UnknownKey() ->
                throw new ServiceException(
                        ErrorCode.QUERY_NOT_FOUND,
                        "the " + what + " was issued by a server with another key",
                        nextStep);
            case Seal.Opened.Damaged() -> throw damaged(what, null);
        };
    }

    private static ServiceException damaged(String what, @Nullable Throwable cause) {
        return new ServiceException(
                ErrorCode.INVALID_TICKET, "the " + what + " is damaged, or not one of this server", null, cause);
    }
}
