package dev.bowyer.flight.ticket;

import dev.bowyer.flight.command.SqlCommand;
import dev.bowyer.query.QueryRequest;
import org.jspecify.annotations.Nullable;

/// What a DoGet asks for; [TicketCodec] reads and writes its forms.
public sealed interface Ticket {

    /// @param announcedId the id of the query that GetFlightInfo announced; null for a ticket that a client
    ///     made itself
    record Rows(@Nullable String announcedId, QueryRequest request) implements Ticket {}

    record Metadata(SqlCommand.Metadata command) implements Ticket {}
}
