"""Which metrics a server exports, and with which labels.

They are read from a server, if BOWYER_METRICS_URL names its /metrics (after a query and a refresh: a metric without a
series is seen by its name only), else from the generated page docs/reference/metrics.md.
"""

import os
import re
import urllib.request
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/metrics.md"
FETCH_SECONDS = 10

# Prometheus itself adds them: to every series, to the buckets of a histogram, and a series for each scrape.
TARGET_LABELS = {"job", "instance", "namespace", "pod", "le"}
OF_PROMETHEUS: dict[str, set[str] | None] = {"up": set()}

SERIES = re.compile(r"^([A-Za-z_:][\w:]*)(?:\{(.*)\})? \S")
LABEL = re.compile(r'([A-Za-z_]\w*)="(?:\\.|[^"\\])*"')

Exported = dict[str, set[str] | None]


def exported() -> Exported:
    """The labels of each metric; None where they are not known.

    Raises:
        AssertionError: there is neither a server nor the page.
    """
    url = os.environ.get("BOWYER_METRICS_URL")
    if url:
        with urllib.request.urlopen(url, timeout=FETCH_SECONDS) as answer:
            return OF_PROMETHEUS | of_scrape(answer.read().decode())
    assert PAGE.exists(), f"{PAGE.name} is missing and BOWYER_METRICS_URL is not set: nothing tells which metrics there are"
    return OF_PROMETHEUS | of_page(PAGE.read_text())


def of_scrape(text: str) -> Exported:
    found: Exported = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            for made in [name] if kind not in ("histogram", "summary") else _histogram(name):
                found.setdefault(made, None)
        elif match := SERIES.match(line):
            found[match[1]] = (found.get(match[1]) or set()) | set(LABEL.findall(match[2] or ""))
    return found


def of_page(text: str) -> Exported:
    """Rows of tables: names of metrics in back-ticks first, their labels and kind behind."""
    found: Exported = {}
    for first, rest in re.findall(r"^\| *(`[^|]*)\|(.*)$", text, re.MULTILINE):
        histogram = re.search(r"\b(histogram|summary|timer)\b", rest, re.IGNORECASE)
        for name in re.findall(r"`([A-Za-z_:][\w:]*)", first):
            for made in _histogram(name) if histogram else [name]:
                found[made] = set(re.findall(r"\w+", first + rest))
    return found


def _histogram(name: str) -> list[str]:
    return [name, *(f"{name}_{suffix}" for suffix in ("bucket", "count", "sum", "max"))]
