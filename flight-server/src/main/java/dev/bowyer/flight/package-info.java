/// Arrow Flight and Flight SQL. Entry point: [FlightEndpoint]; what a method does stands in [FlightRpc].
/// Reads requests, calls `query` and `dataset`, writes answers, and decides nothing.
@NullMarked
package dev.bowyer.flight;

import org.jspecify.annotations.NullMarked;
