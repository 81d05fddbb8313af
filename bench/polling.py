"""l. A thousand dashboards that poll one query."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bowyer_process import BowyerProcess
from go_client import build
from measure import Settings
from report import Section, Target
from tables import configured

DASHBOARD = """
SELECT l_shipmode, date_trunc('month', l_shipdate) AS month, count(*) AS lines, sum(l_extendedprice) AS price
FROM lineitem GROUP BY l_shipmode, month ORDER BY l_shipmode, month
"""
CLIENTS = 1_000
SECONDS = 10
# The query itself cannot be run a thousand times a second; fewer ask then.
UNCACHED_CLIENTS = 8
P99_LIMIT_MS = 100.0
RUN_SECONDS = 180


@dataclass(frozen=True)
class Polled:
    requests: float
    p50: float
    p99: float
    cpu: float
    bytes: int
    statuses: Mapping[str, int]

    def row(self, name: str) -> list[str]:
        share = f"{100 * self.cpu / (os.cpu_count() or 1):.0f} %"
        return [
            name,
            f"{self.requests:,.0f}",
            f"{self.p50:.1f}",
            f"{self.p99:.1f}",
            share,
            f"{1e6 * self.cpu / self.requests:.0f}",
            f"{self.bytes:,}",
        ]


def measure_polling(settings: Settings) -> Section:
    lineitem = {"lineitem": str(settings.file("lineitem"))}
    with configured(lineitem) as server:
        once = poll(server, CLIENTS, "1s", tagged=True)
        tagged = poll(server, CLIENTS, "0s", tagged=True)
        whole = poll(server, CLIENTS, "0s", tagged=False)
    with configured(lineitem, http={"cache": "0"}) as server:
        uncached = poll(server, UNCACHED_CLIENTS, "0s", tagged=False)
    expect(once, 304)
    expect(tagged, 304)
    expect(whole, 200)
    return Section(
        f"{CLIENTS:,} dashboards that poll one query of lineitem for {SECONDS} s, each with a connection of its own",
        [
            "",
            "requests/s",
            "p50, ms",
            "p99, ms",
            "CPU of the server, of all cores",
            "CPU, µs a request",
            "bytes an answer",
        ],
        [Target("p99, each asks once a second with If-None-Match", once.p99, P99_LIMIT_MS, " ms")],
        [
            once.row("each once a second, If-None-Match: 304"),
            tagged.row("each as fast as it can, If-None-Match: 304"),
            whole.row("each as fast as it can: 200 from the cache"),
            uncached.row(f"{UNCACHED_CLIENTS} as fast as they can, `http.cache: 0`: run each time"),
        ],
    )


def poll(server: BowyerProcess, clients: int, period: str, *, tagged: bool) -> Polled:
    url = f"{server.http}/v1/sql?{urlencode({'q': DASHBOARD, 'format': 'json'})}"
    command = [str(build()), "poll", url, str(clients), str(SECONDS), period, str(tagged).lower()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        process.stdout.readline()
        used = server.cpu_seconds()
        answer = process.stdout.readline()
        used = server.cpu_seconds() - used
        if process.wait(RUN_SECONDS) != 0:
            raise RuntimeError("the polling clients failed")
    told = json.loads(answer)
    count = told["requests"]
    return Polled(
        count / SECONDS, told["p50_ms"], told["p99_ms"], used / SECONDS, told["bytes"] // count, told["statuses"]
    )


def expect(polled: Polled, status: int) -> None:
    if set(polled.statuses) != {str(status)}:
        raise RuntimeError(f"answers {dict(polled.statuses)} (expected: {status} only)")
