"""An Iceberg REST catalog, read only, over one of pyiceberg's, which fails on demand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, unquote, urlsplit

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchNamespaceError, NoSuchTableError

from s3_stub import listening

CLIENT, SECRET = "bowyer", "rest secret"
SEPARATOR = "\x1f"


@dataclass
class RestCatalog:
    """`status` is answered in place of everything but logins, after `seconds`; tokens are good for `uses` calls."""

    tables: SqlCatalog
    port: int = 0
    status: int | None = None
    seconds: float = 0.0
    uses: int = 1_000_000
    logins: int = 0
    calls: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    left: dict[str, int] = field(default_factory=dict)

    def login(self) -> str:
        with self.lock:
            self.logins += 1
            token = f"token-{self.logins}"
            self.left[token] = self.uses
            return token

    def allows(self, header: str | None) -> bool:
        token = (header or "").removeprefix("Bearer ")
        with self.lock:
            self.left[token] = self.left.get(token, 0) - 1
            return self.left[token] >= 0

    def settings(self, name: str, **more: object) -> dict[str, object]:
        """An entry of `catalogs`."""
        uri = f"http://127.0.0.1:{self.port}/"
        about = {"name": name, "type": "rest", "uri": uri, "credential": f"{CLIENT}:{SECRET}"}
        # A catalog does not open local folders but those of the warehouse that is configured.
        about["warehouse"] = self.tables.properties["warehouse"]
        return about | {"refresh": "1ms", "timeout": "2s"} | more


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    catalog: RestCatalog

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if urlsplit(self.path).path != "/v1/oauth/tokens":
            return self.error(404, "NotFoundException")
        given = {name: values[0] for name, values in parse_qs(body).items()}
        if (given.get("client_id"), given.get("client_secret")) != (CLIENT, SECRET):
            return self.send(401, {"error": "invalid_client"})
        self.send(200, {"access_token": self.catalog.login(), "token_type": "bearer", "expires_in": 3600})

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self.catalog.calls.append(url.path)
        time.sleep(self.catalog.seconds)
        if self.catalog.status:
            return self.error(self.catalog.status, "ServiceFailureException")
        if not self.catalog.allows(self.headers.get("Authorization")):
            return self.error(401, "NotAuthorizedException")
        steps = [unquote(step) for step in url.path.strip("/").split("/")][1:]
        try:
            self.send(200, self.found(steps, parse_qs(url.query)))
        except NoSuchTableError:
            self.error(404, "NoSuchTableException")
        except NoSuchNamespaceError:
            self.error(404, "NoSuchNamespaceException")

    def found(self, steps: list[str], wanted: dict[str, list[str]]) -> dict[str, object]:
        tables = self.catalog.tables
        match steps:
            case ["config"]:
                return {"defaults": {}, "overrides": {}}
            case ["namespaces"]:
                parent = tuple(wanted["parent"][0].split(SEPARATOR)) if "parent" in wanted else ()
                return {"namespaces": [list(one) for one in tables.list_namespaces(parent) if len(one) == len(parent) + 1]}
            case ["namespaces", name]:
                levels = name.split(SEPARATOR)
                return {"namespace": levels, "properties": tables.load_namespace_properties(tuple(levels))}
            case ["namespaces", name, "tables"]:
                found = tables.list_tables(tuple(name.split(SEPARATOR)))
                return {"identifiers": [{"namespace": list(one[:-1]), "name": one[-1]} for one in found]}
            case ["namespaces", name, "tables", table]:
                loaded = tables.load_table((*name.split(SEPARATOR), table))
                metadata = json.loads(loaded.metadata.model_dump_json(by_alias=True, exclude_none=True))
                return {"metadata-location": loaded.metadata_location, "metadata": metadata, "config": {}}
        raise NoSuchTableError(self.path)

    def error(self, status: int, kind: str) -> None:
        self.send(status, {"error": {"message": "as asked", "type": kind, "code": status}})

    def send(self, status: int, body: dict[str, object]) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def running(tables: SqlCatalog) -> Iterator[RestCatalog]:
    catalog = RestCatalog(tables)
    with listening(Handler, catalog=catalog) as catalog.port:
        yield catalog
