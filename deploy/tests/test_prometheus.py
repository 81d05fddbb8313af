"""The rules and the scrape configuration of Prometheus."""

import re
from pathlib import Path

import pytest
import yaml

from checks import DEPLOY, RULES, anchors, check_syntax, not_exported, promtool
from exported import exported, of_page, of_scrape
from promql import uses

ROOT = DEPLOY.parent
RULE_TESTS = DEPLOY / "tests/rules_test.yaml"
GROUPS = yaml.safe_load(RULES.read_text())["groups"]
ALL_RULES = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [pytest.param(rule, id=rule["alert"]) for rule in ALL_RULES if "alert" in rule]
ADAPTER = ROOT / "k8s/examples/prometheus-adapter.yaml"


def test_rules_and_configuration_parse() -> None:
    assert f"{len(ALL_RULES)} rules found" in promtool("check", "rules", RULES)
    promtool("check", "config", DEPLOY / "prometheus/prometheus.yaml")


def test_rules_do_what_their_tests_say() -> None:
    promtool("test", "rules", RULE_TESTS)


@pytest.mark.parametrize("alert", ALERTS)
def test_an_alert_is_seen_to_fire_and_says_what_to_do(alert: dict) -> None:
    tests = yaml.safe_load(RULE_TESTS.read_text())["tests"]
    samples = [it["labels"] for test in tests for expr in test.get("promql_expr_test", []) for it in expr["exp_samples"]]
    fired = {name for it in samples for name in re.findall(r'alertname="(\w+)", alertstate="firing"', it)}
    fired |= {it["alertname"] for test in tests for it in test.get("alert_rule_test", []) if it["exp_alerts"]}
    assert alert["alert"] in fired
    assert alert["labels"]["severity"] in ("critical", "warning", "info")
    assert alert["annotations"].keys() == {"summary", "description", "runbook_url"}
    page, anchor = alert["annotations"]["runbook_url"].split("#")
    assert anchor in anchors(ROOT / page)


@pytest.mark.parametrize("rule", [pytest.param(it, id=it.get("alert") or it["record"]) for it in ALL_RULES])
def test_every_metric_of_a_rule_is_exported(rule: dict) -> None:
    assert not_exported(rule["expr"], exported()) == []


def test_error_codes_of_the_rules_exist() -> None:
    source = next(ROOT.glob("flight-server/src/main/java/**/ErrorCode.java")).read_text()
    known = set(re.findall(r"^    ([A-Z_]+)\(\s*Kind", source, re.MULTILINE))
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b|INTERNAL|UNAVAILABLE|TIMEOUT", " ".join(it["expr"] for it in ALL_RULES)))
    assert named and named <= known


def test_the_autoscaling_metric_parses_and_is_exported(tmp_path: Path) -> None:
    (rule,) = yaml.safe_load(ADAPTER.read_text())["rules"]["custom"]
    query = rule["metricsQuery"].replace("<<.LabelMatchers>>", 'namespace="data", pod="bowyer-1"').replace("<<.GroupBy>>", "pod")
    check_syntax([query, rule["seriesQuery"]], tmp_path)
    assert not_exported(query, exported()) == []
    assert not_exported(rule["seriesQuery"], exported()) == []


def test_the_checks_find_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="parse error"):
        check_syntax(["sum(bowyer_ready"], tmp_path)
    metrics = {"bowyer_ready": set(), "bowyer_queries_total": {"state", "code"}}
    assert not_exported("sum by (job) (bowyer_readi)", metrics) == ["bowyer_readi"]
    assert not_exported('bowyer_queries_total{stat="failed"}', metrics) == ["bowyer_queries_total{stat}"]
    assert not_exported("sum by (status) (bowyer_queries_total)", metrics) == ["by (status)"]
    assert not_exported('sum by (state, job) (rate(bowyer_queries_total{code="NONE"}[5m]))', metrics) == []


def test_metrics_and_labels_are_read_of_expressions() -> None:
    found = uses('sum by (a, le) (rate(x_total{b="}", c=~"d"}[5m] offset 1h)) / on (e) group_left () (y > bool 0) or vector(1e3)')
    assert found.metrics == {"x_total": {"b", "c"}, "y": set()}
    assert found.groupings == {"a", "le", "e"}


def test_metrics_are_read_of_a_scrape_and_of_a_page() -> None:
    scrape = '# TYPE a_seconds histogram\n# TYPE b gauge\nb{x="1",y="{"} 2.0\nb{z="a b"} 1\nc 1\n'
    names = {"a_seconds", "a_seconds_bucket", "a_seconds_count", "a_seconds_sum", "a_seconds_max"}
    assert of_scrape(scrape) == {**{name: None for name in names}, "b": {"x", "y", "z"}, "c": set()}
    page = "| metric | type | labels |\n|---|---|---|\n| `a_seconds` | histogram | `x`, `y` |\n| `b`, `c{z}` | gauge | |\n"
    assert of_page(page).keys() == names | {"b", "c"}
    assert {"x", "y"} <= of_page(page)["a_seconds_bucket"] and "z" in of_page(page)["c"]
