"""Checks of PromQL expressions that rules and dashboards share."""

import re
import subprocess
from pathlib import Path

import yaml

from exported import TARGET_LABELS, Exported
from promql import uses

DEPLOY = Path(__file__).resolve().parents[1]
RULES = DEPLOY / "prometheus/bowyer.rules.yaml"

RUN_SECONDS = 60


def promtool(*arguments: str | Path) -> str:
    """What promtool says.

    Raises:
        AssertionError: it found something.
    """
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True, timeout=RUN_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def check_syntax(expressions: list[str], folder: Path) -> None:
    """Lets promtool parse expressions, as the recording rules of a file."""
    rules = [{"record": f"expression_{at}", "expr": it} for at, it in enumerate(expressions)]
    file = folder / "expressions.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "expressions", "rules": rules}]}, width=1000))
    said = promtool("check", "rules", file)
    assert f"{len(expressions)} rules found" in said


def recorded() -> dict[str, str]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return {rule["record"]: rule["expr"] for group in groups for rule in group["rules"] if "record" in rule}


def not_exported(expression: str, metrics: Exported) -> list[str]:
    """The metrics of an expression that no server exports, and the labels that a metric does not have."""
    known = {**metrics, **{name: None for name in recorded()}}
    found = uses(expression)
    assert found.metrics, f"{expression} reads no metric"
    wrong = [name for name in found.metrics if name not in known]
    for name, labels in found.metrics.items():
        of_metric = known.get(name)
        if of_metric is not None:
            wrong += [f"{name}{{{label}}}" for label in labels - of_metric - TARGET_LABELS]
    all_labels = [known.get(name) for name in found.metrics]
    if not any(labels is None for labels in all_labels):
        of_all = set().union(*(labels or set() for labels in all_labels))
        wrong += [f"by ({label})" for label in found.groupings - of_all - TARGET_LABELS]
    return wrong


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", it.lower()).replace(" ", "-") for it in headings}
