"""The peer of measurement j: one batch of numbers from memory, again and again, by pyarrow's C++ Flight server. Prints its URI.

The path BYTES/N is so many bytes in N endpoints.
"""

from __future__ import annotations

import random

import pyarrow as pa
import pyarrow.flight as flight

ROWS = 32 * 1024
NUMBERS = random.Random(1)
BATCH = pa.record_batch(
    [
        *(pa.array(range(0, ROWS * step, step), pa.int64()) for step in (1, 3)),
        *(pa.array([NUMBERS.random() for _ in range(ROWS)], pa.float64()) for _ in range(2)),
    ],
    names=["id", "key", "price", "weight"],
)


class NumbersServer(flight.FlightServerBase):
    def __init__(self) -> None:
        super().__init__("grpc://127.0.0.1:0")

    def get_flight_info(self, _: flight.ServerCallContext, descriptor: flight.FlightDescriptor) -> flight.FlightInfo:
        size, parts = map(int, descriptor.path[0].split(b"/"))
        batches = size // BATCH.nbytes // parts
        endpoints = [flight.FlightEndpoint(str(batches).encode(), []) for _ in range(parts)]
        return flight.FlightInfo(BATCH.schema, descriptor, endpoints, -1, -1)

    def do_get(self, _: flight.ServerCallContext, ticket: flight.Ticket) -> flight.GeneratorStream:
        return flight.GeneratorStream(BATCH.schema, (BATCH for _ in range(int(ticket.ticket))))


if __name__ == "__main__":
    server = NumbersServer()
    print(f"grpc://127.0.0.1:{server.port}", flush=True)
    server.serve()
