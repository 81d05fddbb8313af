"""An S3 that fails on demand: objects of a folder, listings of few keys a page, and faults that a test puts in between."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE_KEYS = 3


@dataclass(frozen=True)
class Fault:
    """`status`: this answer in place of the object. `seconds`: a wait before it. `share`: so much of the body, then the
    connection ends. `whole`: as if there were no Range. `replaced`: from now on another object of that name."""

    status: int | None = None
    seconds: float = 0.0
    share: float | None = None
    whole: bool = False
    replaced: bytes | None = None


# Of the key and how often it was asked for before; None: no fault.
Faults = Callable[[str, int], Fault | None]


@dataclass
class Stub:
    """Its objects are files below `root/BUCKET/`."""

    root: Path
    port: int = 0
    faults: Faults = lambda key, count: None
    asked: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def reset(self, faults: Faults) -> None:
        with self.lock:
            self.faults = faults
            self.asked.clear()

    def fault(self, key: str) -> Fault:
        with self.lock:
            count = self.asked[key]
            self.asked[key] += 1
            return self.faults(key, count) or Fault()

    def store(self, bucket: str, **options: object) -> dict[str, object]:
        """An entry of `stores`, with little patience."""
        settings: dict[str, object] = {"prefix": f"s3://{bucket}/", "endpoint": f"http://127.0.0.1:{self.port}"}
        settings |= {"region": "us-east-1", "access-key-id": "k", "secret-access-key": "s", "allow-http": True}
        return settings | {"timeout": "1s", "retries": 3, "retry-budget": "4s", "retry-backoff": "20ms"} | options


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stub: Stub

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        wanted = parse_qs(url.query, keep_blank_values=True)
        if "list-type" in wanted:
            self.listing(unquote(url.path).strip("/"), {name: values[0] for name, values in wanted.items()})
        else:
            self.answer(body=True)

    def answer(self, body: bool) -> None:
        key = unquote(urlsplit(self.path).path).lstrip("/")
        fault = self.stub.fault(key) if body else Fault()
        time.sleep(fault.seconds)
        file = self.stub.root / key
        if fault.replaced is not None:
            file.write_bytes(fault.replaced)
        if fault.status:
            return self.send(fault.status, b"<Error><Code>Stub</Code><Message>as asked</Message></Error>")
        if not file.is_file():
            return self.send(404, b"<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>")
        data = file.read_bytes()
        tag = f'"{hashlib.md5(data).hexdigest()}"'
        if self.headers.get("If-Match", tag) != tag:
            return self.send(412, b"<Error><Code>PreconditionFailed</Code><Message>changed</Message></Error>")
        headers = {"ETag": tag, "Last-Modified": self.date_time_string(file.stat().st_mtime), "Accept-Ranges": "bytes"}
        asked = None if fault.whole else self.headers.get("Range")
        if not asked:
            return self.send(200, data, headers, body, fault.share)
        first, last = span(asked, len(data))
        headers["Content-Range"] = f"bytes {first}-{last - 1}/{len(data)}"
        self.send(206, data[first:last], headers, body, fault.share)

    def listing(self, bucket: str, wanted: dict[str, str]) -> None:
        fault = self.stub.fault(f"{bucket}?list")
        time.sleep(fault.seconds)
        if fault.status:
            return self.send(fault.status, b"<Error><Code>Stub</Code><Message>as asked</Message></Error>")
        folder = self.stub.root / bucket
        files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
        after = wanted.get("continuation-token") or wanted.get("start-after") or ""
        prefix, delimiter = wanted.get("prefix", ""), wanted.get("delimiter")
        names = sorted({grouped(name, prefix, delimiter) for name in files if name.startswith(prefix)}, key=str.encode)
        left = [name for name in names if name.encode() > after.encode()]
        page = left[:PAGE_KEYS]
        items = "".join(self.item(name, files) for name in page)
        more = len(left) > len(page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        head = f"<Name>{escape(bucket)}</Name><KeyCount>{len(page)}</KeyCount><IsTruncated>{str(more).lower()}</IsTruncated>"
        xml = f'<?xml version="1.0"?><ListBucketResult>{head}{token}{items}</ListBucketResult>'
        self.send(200, xml.encode(), {"Content-Type": "application/xml"})

    def item(self, name: str, files: dict[str, Path]) -> str:
        if name not in files:
            return f"<CommonPrefixes><Prefix>{escape(name)}</Prefix></CommonPrefixes>"
        data, changed = files[name].read_bytes(), time.gmtime(files[name].stat().st_mtime)
        facts = f"<LastModified>{time.strftime('%Y-%m-%dT%H:%M:%S.000Z', changed)}</LastModified>"
        facts += f"<ETag>&quot;{hashlib.md5(data).hexdigest()}&quot;</ETag><Size>{len(data)}</Size>"
        return f"<Contents><Key>{escape(name)}</Key>{facts}</Contents>"

    def send(
        self, status: int, data: bytes, headers: dict[str, str] | None = None, body: bool = True, share: float | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if not body:
            return
        self.wfile.write(data if share is None else data[: int(len(data) * share)])
        self.close_connection |= share is not None

    def log_message(self, *_: object) -> None:
        pass


def grouped(name: str, prefix: str, delimiter: str | None) -> str:
    """The key, or the prefix that stands for all keys below a folder."""
    if not delimiter or delimiter not in name[len(prefix) :]:
        return name
    return name[: name.index(delimiter, len(prefix)) + 1]


def span(asked: str, length: int) -> tuple[int, int]:
    """First byte, and the one after the last, of `bytes=a-b`, `bytes=a-` or `bytes=-n`."""
    first, _, last = asked.removeprefix("bytes=").partition("-")
    if not first:
        return max(0, length - int(last)), length
    return int(first), min(length, int(last) + 1) if last else length


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Clients end connections on purpose."""


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler], **of_handler: object) -> Iterator[int]:
    """The port of a server on a thread of its own; `of_handler` become attributes of the handler's class."""
    with Server(("127.0.0.1", 0), type("BoundHandler", (handler,), of_handler)) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def stub(root: Path) -> Iterator[Stub]:
    made = Stub(root)
    with listening(Handler, stub=made) as made.port:
        yield made
