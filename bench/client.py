"""j. The Java client beside Arrow's own Java client, and beside JDBC."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from measure import Settings, in_turns, serve
from report import Section, Target

ROOT = Path(__file__).resolve().parent.parent
SERVER = Path(__file__).with_name("memory_server.py")
BUILD_SECONDS = 600.0
GIGABYTE = 10**9
BUDGET_BYTES = 64 * 2**20
FLIGHT_STREAM = "Arrow's FlightStream"
FLIGHT_STREAM_KEPT = "Arrow's FlightStream, all batches kept"
BATCH_STREAM = "BatchStream"
FRAME = "ArrowFrame"
FRAME_OF_FOUR = "ArrowFrame, four endpoints"
JDBC = "JDBC, row by row"
DFLIB = "DflibSink"
LINES = "SELECT l_orderkey, l_partkey, l_suppkey, l_linenumber, l_shipmode FROM lineitem LIMIT 2000000"
JVM_OPTIONS = [
    *("--add-opens=java.base/java.nio=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"),
    *("--enable-native-access=ALL-UNNAMED", "-Xmx2g", "-Djava.util.logging.config.file=/dev/null"),
]


def measure_java_client(settings: Settings) -> Section:
    with ExitStack() as stack:
        numbers = stack.enter_context(number_server())
        bowyer = stack.enter_context(serve(settings, "lineitem"))
        java_home = bowyer.java_home()
        class_path = build(java_home)
        java = stack.enter_context(Client(java_home, class_path, numbers))
        lines = stack.enter_context(Client(java_home, class_path, bowyer.uri))
        times = in_turns(
            {
                FLIGHT_STREAM: lambda: java.ask(f"stock {GIGABYTE}/1"),
                FLIGHT_STREAM_KEPT: lambda: java.ask(f"kept {GIGABYTE}/1"),
                BATCH_STREAM: lambda: java.ask(f"stream {GIGABYTE}/1"),
                FRAME: lambda: java.ask(f"frame {GIGABYTE}/1"),
                FRAME_OF_FOUR: lambda: java.ask(f"frame {GIGABYTE}/4"),
            },
            settings.rounds,
        )
        rows = in_turns(
            {
                JDBC: lambda: lines.ask(f"jdbc {LINES}"),
                DFLIB: lambda: lines.ask(f"dflib {LINES}"),
            },
            settings.rounds,
        )
        with Client(java_home, class_path, numbers) as fresh:
            fresh.ask(f"frame {GIGABYTE // 50}/1")
            growth, size = fresh.ask(f"peak {GIGABYTE}/1")
        with Client(java_home, class_path, numbers) as fresh:
            held, _ = fresh.ask(f"budget {10 * GIGABYTE}/1")
    return Section(
        "The Java client: 1 GB of numbers from memory (pyarrow's server); 2,000,000 rows of lineitem from this one",
        ["", "s"],
        [
            Target("BatchStream / FlightStream, where neither keeps anything", times[BATCH_STREAM] / times[FLIGHT_STREAM], 0.67),
            Target("ArrowFrame / FlightStream whose batches are kept", times[FRAME] / times[FLIGHT_STREAM_KEPT], 0.67),
            Target("ArrowFrame / FlightStream that keeps nothing", times[FRAME] / times[FLIGHT_STREAM], 0.67),
            Target("four endpoints / one", times[FRAME_OF_FOUR] / times[FRAME], 0.77),
            Target("DFLib / JDBC row by row", rows[DFLIB] / rows[JDBC], 0.2),
            Target("peak memory of a frame / its bytes", growth / size, 1.15),
            Target("held of a budget of 64 MiB while 10 GB pass", held / BUDGET_BYTES, 1),
        ],
        [[name, f"{seconds:.3f}"] for name, seconds in (times | rows).items()],
    )


def build(java_home: Path) -> str:
    """The class path of the Java part."""
    listed = ROOT / "bench" / "client" / "target" / "class-path"
    goals = ["compile", "dependency:build-classpath", f"-Dmdep.outputFile={listed}", "-Dmdep.includeScope=runtime"]
    command = ["mvn", "-B", "-q", "-pl", "bench/client", "-am", *goals]
    subprocess.run(command, check=True, timeout=BUILD_SECONDS, cwd=ROOT, env=os.environ | {"JAVA_HOME": str(java_home)})
    return f"{ROOT / 'bench' / 'client' / 'target' / 'classes'}{os.pathsep}{listed.read_text()}"


@contextmanager
def number_server() -> Iterator[str]:
    process = subprocess.Popen([sys.executable, str(SERVER)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


class Client:
    """A JVM that does what it is asked, again and again."""

    def __init__(self, java_home: Path, class_path: str, uri: str) -> None:
        self.process = subprocess.Popen(
            [str(java_home / "bin" / "java"), *JVM_OPTIONS, "-cp", class_path, "dev.bowyer.bench.ClientBench", uri],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def ask(self, command: str) -> tuple[float, float]:
        assert self.process.stdin is not None and self.process.stdout is not None
        print(command, file=self.process.stdin, flush=True)
        first, second = self.process.stdout.readline().split()
        if not float(second):
            raise RuntimeError(f"{command}: nothing came")
        return float(first), float(second)
