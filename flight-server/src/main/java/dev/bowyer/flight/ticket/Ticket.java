package dev.bowyer.flight.ticket;

import com.google.protobuf.ByteString;
import dev.bowyer.query.Announcement;

/// The bytes that a client brings to DoGet.
public sealed interface Ticket {

    /// One that a server with one of the keys issued, to the caller.
    record Issued(Announcement announcement) implements Ticket {}

    /// One that the client made itself.
    record Bare(ByteString bytes) implements Ticket {}
}
