"""pyarrow's Flight server, several of it: plain, with logins, with TLS, with TLS for clients too, on a Unix socket.

usage: pyarrow_server.py FOLDER

Writes into FOLDER certificates and `truth.json`, what each table holds as `canonical.py` says it; then prints the URIs as
one line of JSON, and serves until its standard input ends.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import canonical
import pyarrow as pa
import pyarrow.flight as flight
import tables

USER = "ada"
PASSWORD = "lovelace"
FIXED_TOKEN = "a-token-of-somebody-else"
# A login's token is refused after so many calls, so that a client has to log in again.
CALLS_OF_A_TOKEN = 5
UNTOLD = {"one_message"}


class Tables(flight.FlightServerBase):
    """Tables by their paths: a name with dots is a path of several elements."""

    def __init__(self, location: str, folder: Path, **options: object) -> None:
        self.tables = tables.tables()
        self.stored: dict[str, pa.Table] = {}
        self.running = 0
        self.closing = threading.Event()
        super().__init__(location, **options)
        self.uri = location if location.startswith("grpc+unix") else location.replace(":0", f":{self.port}")

    def list_flights(self, context: flight.ServerCallContext, criteria: bytes) -> Iterator[flight.FlightInfo]:
        for name, served in self.tables.items():
            yield self._info(name, flight.FlightDescriptor.for_path(*name.split(".")), served)

    def get_flight_info(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.FlightInfo:
        name = _name(descriptor)
        if name in ("endless", "failing", "running") or name.startswith("difference "):
            schema = self._generated(name).schema
            return flight.FlightInfo(schema, descriptor, [flight.FlightEndpoint(name.encode(), [])], -1, -1)
        return self._info(name, descriptor, self._served(name))

    def get_schema(
        self, context: flight.ServerCallContext, descriptor: flight.FlightDescriptor
    ) -> flight.SchemaResult:
        return flight.SchemaResult(self._served(_name(descriptor)).schema)

    def do_get(self, context: flight.ServerCallContext, ticket: flight.Ticket) -> flight.FlightDataStream:
        name, _, part = ticket.ticket.decode().partition("/")
        if not part:
            generated = self._generated(name)
            if name == "endless":
                return flight.GeneratorStream(generated.schema, self._until_cancelled(context, generated.schema))
            if name == "failing":
                return flight.GeneratorStream(generated.schema, tables.failing(generated.schema))
            return flight.RecordBatchStream(generated)
        served = self._served(name)
        return flight.RecordBatchStream(served.parts[int(part)], served.write_options())

    def do_put(
        self,
        context: flight.ServerCallContext,
        descriptor: flight.FlightDescriptor,
        reader: flight.MetadataRecordBatchReader,
        writer: flight.FlightMetadataWriter,
    ) -> None:
        name = _name(descriptor)
        if name == "read_only":
            raise flight.FlightUnauthorizedError("read_only takes no rows")
        table = reader.read_all()
        table.validate(full=True)
        self.stored[name] = table

    def _served(self, name: str) -> tables.Served:
        if name in self.stored:
            return tables.Served([self.stored[name]])
        if name not in self.tables:
            raise KeyError(f"no table {name}")
        return self.tables[name]

    def _info(self, name: str, descriptor: flight.FlightDescriptor, served: tables.Served) -> flight.FlightInfo:
        locations = {"none": [], "self": [self.uri], "reuse": ["arrow-flight-reuse-connection://?"]}[served.locations]
        endpoints = [flight.FlightEndpoint(f"{name}/{part}".encode(), locations) for part in range(len(served.parts))]
        rows = sum(part.num_rows for part in served.parts) if served.announced_rows is None else served.announced_rows
        schema = served.schema if served.announced_schema else None
        return flight.FlightInfo(schema, descriptor, endpoints, rows, -1, served.ordered)

    def _generated(self, name: str) -> pa.Table:
        if name.startswith("difference "):
            _, first, second = name.split(" ")
            return pa.table({"difference": [_difference(self._served(first).whole(), self._served(second).whole())]})
        if name == "running":
            return pa.table({"streams": [self.running]})
        return tables.numbers(0, 0)

    def _until_cancelled(self, context: flight.ServerCallContext, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        self.running += 1
        try:
            for batch in tables.endless(schema, self.closing.wait):
                if context.is_cancelled() or self.closing.is_set():
                    return
                yield batch
        finally:
            self.running -= 1


class Logins(flight.ServerMiddlewareFactory):
    """A password gives a token; other calls need that one or the fixed one."""

    def __init__(self) -> None:
        self.calls: dict[str, int] = {}
        self.lock = threading.Lock()

    def start_call(self, info: flight.CallInfo, headers: dict[str, list[str]]) -> flight.ServerMiddleware:
        sent = {name.lower(): values for name, values in headers.items()}.get("authorization", [""])[0]
        kind, _, value = sent.partition(" ")
        with self.lock:
            if kind == "Basic":
                if base64.b64decode(value).decode() != f"{USER}:{PASSWORD}":
                    raise flight.FlightUnauthenticatedError("wrong user or password")
                token = f"token-{len(self.calls)}"
                self.calls[token] = 0
                return SendsToken(token)
            if kind == "Bearer" and value == FIXED_TOKEN:
                return SendsToken(None)
            if kind == "Bearer" and self.calls.get(value, CALLS_OF_A_TOKEN) < CALLS_OF_A_TOKEN:
                self.calls[value] += 1
                return SendsToken(None)
        raise flight.FlightUnauthenticatedError("no token, or one that has expired")


class SendsToken(flight.ServerMiddleware):
    def __init__(self, token: str | None) -> None:
        self.token = token

    def sending_headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"} if self.token else {}


class AcceptsLogins(flight.ServerAuthHandler):
    """The middleware decides; without a handler, the server would refuse the Handshake call."""

    def authenticate(self, outgoing: object, incoming: object) -> None:
        pass

    def is_valid(self, token: bytes) -> bytes:
        return b""


def _name(descriptor: flight.FlightDescriptor) -> str:
    if descriptor.descriptor_type != flight.DescriptorType.PATH:
        raise NotImplementedError("this server knows paths only")
    return ".".join(element.decode() for element in descriptor.path)


def _difference(first: pa.Table, second: pa.Table) -> str:
    """Empty when types and values are the same."""
    if not first.schema.equals(second.schema):
        return f"schema {first.schema} and {second.schema}"
    one, other = canonical.rows(first), canonical.rows(second)
    if len(one) != len(other):
        return f"{len(one)} rows and {len(other)}"
    for row, (left, right) in enumerate(zip(one, other, strict=True)):
        if left != right:
            return f"row {row}: {left} and {right}"
    return ""


def make_certificates(folder: Path) -> None:
    """An authority, and one certificate of it each for server and client."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    new = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    openssl("req", "-x509", *new, "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")
    for name in ("server", "client"):
        names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        signed = ["-CA", "ca.pem", "-CAkey", "ca.key"]
        openssl("req", "-x509", *new, *names, *signed, "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")


def main() -> None:
    folder = Path(sys.argv[1])
    make_certificates(folder)
    pair = ((folder / "server.pem").read_bytes(), (folder / "server.key").read_bytes())
    authority = (folder / "ca.pem").read_bytes()
    servers = {
        "plain": Tables("grpc://localhost:0", folder),
        "logins": Tables(
            "grpc://localhost:0", folder, auth_handler=AcceptsLogins(), middleware={"logins": Logins()}
        ),
        "tls": Tables("grpc+tls://localhost:0", folder, tls_certificates=[pair]),
        "mtls": Tables(
            "grpc+tls://localhost:0", folder, tls_certificates=[pair], verify_client=True, root_certificates=authority
        ),
        "unix": Tables(f"grpc+unix://{folder}/socket", folder),
    }
    truth = {
        name: {"columns": served.schema.names, "rows": canonical.rows(served.whole())}
        for name, served in servers["plain"].tables.items()
        if name not in UNTOLD
    }
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    print(json.dumps({name: server.uri for name, server in servers.items()}), flush=True)
    sys.stdin.read()
    for server in servers.values():
        server.closing.set()
        server.shutdown()


if __name__ == "__main__":
    main()
