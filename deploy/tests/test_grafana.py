"""The dashboards and the provisioning of Grafana."""

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml

from checks import DEPLOY, check_syntax, not_exported
from exported import TARGET_LABELS, exported
from promql import uses

DASHBOARDS = sorted((DEPLOY / "grafana/dashboards").glob("*.json"))
BY_NAME = [pytest.param(json.loads(it.read_text()), id=it.stem) for it in DASHBOARDS]
BUILT_IN = {"__rate_interval", "__all"}


def targets(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [target for panel in dashboard["panels"] for target in panel["targets"]]


def plain(expression: str) -> str:
    """Variables replaced, as Grafana does before it asks."""
    return re.sub(r"\$\w+", "value", re.sub(r"\$__\w+", "5m", expression))


def variables(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return dashboard["templating"]["list"]


def test_there_is_a_file_for_each_dashboard() -> None:
    assert [it.stem for it in DASHBOARDS] == ["bowyer-datasets", "bowyer-memory", "bowyer-overview", "bowyer-queries"]
    for path in DASHBOARDS:
        assert json.loads(path.read_text())["uid"] == path.stem


@pytest.mark.parametrize("dashboard", BY_NAME)
def test_every_expression_parses(dashboard: dict, tmp_path: Path) -> None:
    check_syntax([plain(target["expr"]) for target in targets(dashboard)], tmp_path)


@pytest.mark.parametrize("dashboard", BY_NAME)
def test_every_metric_is_exported(dashboard: dict) -> None:
    metrics = exported()
    wrong = [(it["expr"], found) for it in targets(dashboard) if (found := not_exported(plain(it["expr"]), metrics))]
    assert wrong == []
    for variable in variables(dashboard):
        if variable["type"] == "query":
            selector, label = re.fullmatch(r"label_values\((.*), (\w+)\)", variable["query"]).groups()
            assert not_exported(f"sum by ({label}) ({plain(selector)})", metrics) == []


@pytest.mark.parametrize("dashboard", BY_NAME)
def test_every_variable_is_defined(dashboard: dict) -> None:
    defined = {it["name"] for it in variables(dashboard)}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard)))
    assert used - BUILT_IN == defined
    # Chosen servers hold for every panel.
    assert all('job="$job", instance=~"$instance"' in target["expr"] for target in targets(dashboard))


@pytest.mark.parametrize("dashboard", BY_NAME)
def test_legends_name_labels_that_the_series_have(dashboard: dict) -> None:
    for target in targets(dashboard):
        found = uses(plain(target["expr"]))
        has = found.groupings or TARGET_LABELS
        assert set(re.findall(r"{{(\w+)}}", target.get("legendFormat", ""))) <= has, target


@pytest.mark.parametrize("dashboard", BY_NAME)
def test_panels_have_units_and_places_of_their_own(dashboard: dict) -> None:
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len({panel["title"] for panel in panels}) == len(panels)
    for panel in panels:
        assert panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24
    for one, other in combinations((panel["gridPos"] for panel in panels), 2):
        apart = any(one[at] + one[size] <= other[at] or other[at] + other[size] <= one[at] for at, size in ("xw", "yh"))
        assert apart, (one, other)


def test_provisioning() -> None:
    folder = DEPLOY / "grafana/provisioning"
    (source,) = yaml.safe_load((folder / "datasources/prometheus.yaml").read_text())["datasources"]
    assert (source["type"], source["url"]) == ("prometheus", "http://prometheus:9090")
    (provider,) = yaml.safe_load((folder / "dashboards/bowyer.yaml").read_text())["providers"]
    assert (provider["type"], provider["options"]) == ("file", {"path": "/var/lib/grafana/dashboards"})
