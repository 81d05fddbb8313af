/// How record batches leave: Arrow IPC messages as FlightData, bodies handed to Netty without a copy, pumped
/// while the client reads. Entry point: [BatchWriter]. Knows engine streams and gRPC calls, and nothing of
/// tickets or statements.
@NullMarked
package dev.bowyer.flight.wire;

import org.jspecify.annotations.NullMarked;
