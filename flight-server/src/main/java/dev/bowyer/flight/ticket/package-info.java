/// The bytes that clients carry back: tickets and handles. Entry point: [TicketCodec].
@NullMarked
package dev.bowyer.flight.ticket;

import org.jspecify.annotations.NullMarked;
