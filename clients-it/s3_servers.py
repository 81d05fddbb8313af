"""Servers with the S3 protocol for tests: s3proxy (Java, objects in a folder) and gofakes3 (Go, objects in memory)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from bowyer_process import CACHE, poll_until

HERE = Path(__file__).parent
START_SECONDS = 60
BUILD_SECONDS = 900
ACCESS_KEY = "test-access-key"
SECRET_KEY = "test-secret-key"
GOFAKES3 = "github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0"


@dataclass(frozen=True)
class S3:
    """A running server; its objects are files below `buckets/BUCKET/`, or come by unsigned requests if there is none."""

    port: int
    buckets: Path | None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def upload(self, folder: Path, to: str) -> None:
        """Every file below a folder; `to` is `bucket/key`."""
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.put(path, f"{to}/{path.relative_to(folder)}")

    def put(self, path: Path, to: str) -> None:
        if self.buckets:
            (self.buckets / to).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, self.buckets / to)
            return
        request = Request(f"{self.endpoint}/{quote(to)}", data=path.read_bytes(), method="PUT")
        with urlopen(request, timeout=START_SECONDS) as answer:
            answer.read()

    def store(self, bucket: str, **options: str) -> dict[str, object]:
        """An entry of `stores` in the configuration."""
        settings: dict[str, object] = {"prefix": f"s3://{bucket}/", "endpoint": self.endpoint, "allow-http": True}
        settings |= {"region": "us-east-1", "access-key-id": ACCESS_KEY, "secret-access-key": SECRET_KEY}
        return settings | options


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def build(command: list[str], **environment: str) -> None:
    done = subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")


def java() -> str:
    """Of any JDK from 17 on."""
    home = os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else "java"


def s3proxy(root: Path, port: int) -> list[str]:
    listed = CACHE / "clients-target" / "s3proxy.classpath"
    pom = HERE / "s3" / "pom.xml"
    if not listed.exists() or listed.stat().st_mtime < pom.stat().st_mtime:
        listed.parent.mkdir(parents=True, exist_ok=True)
        build(["mvn", "-B", "-q", "-f", str(pom), "dependency:build-classpath", f"-Dmdep.outputFile={listed}"])
    properties = root.with_suffix(".properties")
    settings = {
        "s3proxy.endpoint": f"http://127.0.0.1:{port}",
        "s3proxy.authorization": "aws-v2-or-v4",
        "s3proxy.identity": ACCESS_KEY,
        "s3proxy.credential": SECRET_KEY,
        "jclouds.provider": "filesystem-nio2",
        "jclouds.identity": "none",
        "jclouds.credential": "none",
        "jclouds.filesystem.basedir": str(root / "buckets"),
    }
    properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()), encoding="utf-8")
    classpath = listed.read_text(encoding="utf-8").strip()
    logging = f"-Dlogback.configurationFile={HERE / 's3' / 'logback.xml'}"
    return [java(), logging, "-cp", classpath, "org.gaul.s3proxy.Main", "--properties", str(properties)]


def gofakes3(root: Path, port: int) -> list[str]:
    """It takes any credentials, and none."""
    folder = CACHE / "clients-target" / "gofakes3"
    program = folder / "gofakes3"
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        build(["go", "install", GOFAKES3], GOBIN=str(folder))
    return [str(program), "-host", f"127.0.0.1:{port}", "-backend", "memory", "-autobucket"]


SERVERS: dict[str, Callable[[Path, int], list[str]]] = {"s3proxy": s3proxy, "gofakes3": gofakes3}


@contextmanager
def running(name: str, root: Path) -> Iterator[S3]:
    (root / "buckets").mkdir(parents=True)
    port = free_port()
    command = SERVERS[name](root, port)
    with root.with_suffix(".log").open("w") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            poll_until(lambda: answers(port) or process.poll() is not None, START_SECONDS, f"{name} answers")
            assert process.poll() is None, root.with_suffix(".log").read_text()
            yield S3(port, root / "buckets" if name == "s3proxy" else None)
        finally:
            process.kill()
