package dev.bowyer.flight;

import java.time.Duration;

/// Where and how an endpoint listens.
///
/// @param host a name or address of this machine; `0.0.0.0` for all
/// @param port 0 lets the system choose
/// @param drainGrace how long running requests may go on when the endpoint closes, before they are cancelled
/// @param serverVersion as GetSqlInfo reports it
public record FlightSettings(String host, int port, Duration drainGrace, String serverVersion) {}
