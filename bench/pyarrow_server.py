"""The peer of measurement b: one Parquet file through pyarrow's C++ Flight server. Prints its URI.

usage: pyarrow_server.py FILE
"""

from __future__ import annotations

import sys

import pyarrow.dataset as dataset
import pyarrow.flight as flight


class ParquetServer(flight.FlightServerBase):
    """Answers every ticket with the whole file and every statement with such a ticket: ADBC can drain it too."""

    def __init__(self, file: str) -> None:
        super().__init__("grpc://127.0.0.1:0")
        self.dataset = dataset.dataset(file, format="parquet")

    def get_flight_info(self, _: flight.ServerCallContext, descriptor: flight.FlightDescriptor) -> flight.FlightInfo:
        if b"CommandStatementQuery" not in (descriptor.command or b""):
            raise NotImplementedError("statements only")
        endpoint = flight.FlightEndpoint(b"everything", [])
        return flight.FlightInfo(self.dataset.schema, descriptor, [endpoint], -1, -1)

    def do_get(self, _: flight.ServerCallContext, ticket: flight.Ticket) -> flight.RecordBatchStream:
        return flight.RecordBatchStream(self.dataset.scanner().to_reader())


if __name__ == "__main__":
    server = ParquetServer(sys.argv[1])
    print(f"grpc://127.0.0.1:{server.port}", flush=True)
    server.serve()
