"""Asks a server with pyarrow: a table by its name, and a statement as the text of a command."""

import sys

import pyarrow.flight as flight

host, port = sys.argv[1:]
with flight.connect(f"grpc://{host}:{port}") as client:
    lineitem = client.do_get(flight.Ticket(b"lineitem")).read_all()
    sql = "SELECT l_returnflag, count(*) AS n FROM lineitem GROUP BY l_returnflag"
    info = client.get_flight_info(flight.FlightDescriptor.for_command(sql))
    flags = client.do_get(info.endpoints[0].ticket).read_all()
print(f"lineitem {lineitem.num_rows} rows, {flags.num_rows} flags, {sum(flags['n'].to_pylist())} counted")
