package dev.bowyer.flight;

import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Where and how an endpoint listens.
///
/// @param host a name or address of this machine; `0.0.0.0` for all
/// @param port 0 lets the system choose
/// @param advertise the location in every FlightEndpoint; null: none, which means the server that answered
/// @param drainGrace how long running requests may go on when the endpoint closes, before they are cancelled
/// @param serverVersion as GetSqlInfo reports it
/// @param ticketExpiry how long a ticket is valid
/// @param plainTickets whether DoGet takes tickets that clients make themselves
/// @param rawSql whether a CMD descriptor may be bare SQL
/// @param stallTimeout how long a stream waits for its reader before it is ended; zero: for ever
public record FlightSettings(
        String host,
        int port,
        @Nullable URI advertise,
        Duration drainGrace,
        String serverVersion,
        Duration ticketExpiry,
        boolean plainTickets,
        boolean rawSql,
        Duration stallTimeout) {}
