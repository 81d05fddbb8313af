"""Wrong values are refused, and the message names the key."""

import json
import re
from pathlib import Path

import pytest

from tree import CHART, ROOT, attempt, run

BY_SCHEMA = [
    ("replicas=3", "replicas"),
    ("replicaCount=three", "replicaCount"),
    ("replicaCount=-1", "replicaCount"),
    ("image.pullPolicy=Sometimes", "pullPolicy"),
    ("image.tag=a b", "tag"),
    ("image.digest=sha256:12", "digest"),
    ("imagePullSecrets[0]=registry", "imagePullSecrets"),
    ("config.dataset[0].name=trips", "dataset"),
    ("config.datasets.name=trips", "datasets"),
    ("config.limits=5", "limits"),
    ("config.limits.concurent-queries=5", "concurent-queries"),
    ("config.memory.heap=1GiB", "memory"),
    ("config.limits.timeout=5minutes", "timeout"),
    ("config.limits.timeout=300", "timeout"),
    ("config.limits.total-memory=500%", "total-memory"),
    ("config.limits.query-memory=2Gi", "query-memory"),
    ("config.limits.queue=-1", "queue"),
    ("config.telemetry.log-format=xml", "log-format"),
    ("config.telemetry.otlp-traces=collector:4318", "otlp-traces"),
    ("config.tickets.plain=maybe", "plain"),
    ("config.datasets[0].refresh=often", "refresh"),
    ("config.datasets[0].format=excel", "format"),
    ("config.stores[0].acess-key-id=x", "acess-key-id"),
    ("tickets.existingSecret=Bowyer Tickets", "existingSecret"),
    ("tickets.keys=abc", "keys"),
    ("users.names[0]=a/b", "names"),
    ("secretFiles.Upper=x", "secretFiles"),
    ("env[0].nam=X", "nam"),
    ("env[0].name=a-b", "name"),
    ("persistence.enabled=yes", "enabled"),
    ("persistence.size=large", "size"),
    ("tmp.sizeLimit=10GiB", "sizeLimit"),
    ("resources.limits.memory=2GB", "memory"),
    ("resources.limit.memory=2Gi", "limit"),
    ("shutdown.drainSeconds=30s", "drainSeconds"),
    ("shutdown.marginSeconds=0", "marginSeconds"),
    ("service.flightPort=0", "flightPort"),
    ("service.httpPort=70000", "httpPort"),
    ("networkPolicy.enable=false", "enable"),
    ("podDisruptionBudget.maxUnavailable=half", "maxUnavailable"),
    ("topologySpread.whenUnsatisfiable=Never", "whenUnsatisfiable"),
    ("autoscaling.maxReplicas=1", "maxReplicas"),
    ("autoscaling.targetPerReplica=0", "targetPerReplica"),
    ("serviceMonitor.interval=30", "interval"),
    ("serviceMonitor.basicAuth.user=prometheus", "user"),
    ("podLabels.a=1", "podLabels"),
    ("nodeSelector[0]=a", "nodeSelector"),
]

BY_TEMPLATE = [
    (["replicaCount=2"], "tickets.existingSecret is empty, and there may be 2 replicas"),
    (["autoscaling.enabled=true"], "tickets.existingSecret is empty, and there may be 6 replicas"),
    (
        ["replicaCount=2", "tickets.existingSecret=s", "persistence.enabled=true"],
        "persistence.enabled is true, and there may be 2 replicas",
    ),
    (
        ["autoscaling.enabled=true", "tickets.existingSecret=s", "autoscaling.minReplicas=9"],
        "autoscaling.maxReplicas: 6 (expected: at least autoscaling.minReplicas, 9)",
    ),
    (
        ["shutdown.terminationGracePeriodSeconds=30"],
        "shutdown.terminationGracePeriodSeconds: 30 (expected: at least 45",
    ),
    (["users.names[0]=ann"], "users.existingSecret is empty"),
    (["users.existingSecret=s"], "users.names is empty"),
    (
        ["serviceMonitor.enabled=true", "users.existingSecret=s", "users.names[0]=ann"],
        "serviceMonitor.basicAuth.existingSecret is empty, and there are users",
    ),
    (
        ["serviceMonitor.enabled=true", "config.auth.users[0].name=ann", "config.auth.users[0].password-hash=${env:H}"],
        "serviceMonitor.basicAuth.existingSecret is empty, and there are users",
    ),
    (["config.server.flight=0.0.0.0:1"], "config.server.flight is set by the chart"),
    (["config.server.http=off"], "config.server.http is set by the chart"),
    (["config.server.data-folder=/x"], "config.server.data-folder is set by the chart"),
    (["config.server.drain=1s"], "config.server.drain is set by the chart (instead: shutdown.drainSeconds)"),
    (["config.tickets.keys[0]=x"], "config.tickets.keys is set by the chart (instead: tickets.existingSecret)"),
]


def refusal(*arguments: str | Path) -> str:
    done = attempt("helm", "template", "bowyer", CHART, *arguments)
    assert done.returncode != 0, f"{arguments} was taken"
    return done.stderr


@pytest.mark.parametrize(("setting", "key"), BY_SCHEMA, ids=[setting for setting, _ in BY_SCHEMA])
def test_the_schema_refuses_and_names_the_key(setting: str, key: str) -> None:
    said = refusal("--set", setting)
    assert "values don't meet the specifications of the schema" in said
    assert re.search(rf"\b{key}\b", said), said


@pytest.mark.parametrize(("settings", "message"), BY_TEMPLATE, ids=[",".join(settings) for settings, _ in BY_TEMPLATE])
def test_values_that_do_not_go_together(settings: list[str], message: str) -> None:
    assert message in refusal(*(word for setting in settings for word in ("--set", setting)))


@pytest.mark.parametrize("key", ["resources.limits.memory", "config", "shutdown.drainSeconds", "image.repository"])
def test_what_is_required_cannot_be_taken_away(key: str) -> None:
    assert f"missing property '{key.split('.')[-1]}'" in refusal("--set", f"{key}=null")


def test_a_snapshot_id_is_not_rounded(tmp_path: Path) -> None:
    values = tmp_path / "values.yaml"
    values.write_text("config: { datasets: [{ name: a, from: x, as-of: 4823719834759834759 }] }\n")
    assert re.search(r"as-of.*string", refusal("--values", values))
    values.write_text('config: { datasets: [{ name: a, from: x, as-of: "4823719834759834759" }] }\n')
    assert 'as-of: "4823719834759834759"' in run("helm", "template", "bowyer", CHART, "--values", values)


def test_the_schema_has_the_keys_of_the_configuration() -> None:
    page = (ROOT / "docs/reference/configuration.md").read_text()
    schema = json.loads((CHART / "values.schema.json").read_text())

    def keys(node: dict, path: str) -> set[str]:
        if "items" in node:
            return keys(node["items"], f"{path}[]")
        if "properties" not in node:
            return {path}
        return {key for name, child in node["properties"].items() for key in keys(child, f"{path}.{name}" if path else name)}

    assert keys(schema["properties"]["config"], "") == set(re.findall(r"^\| `([a-z][^`]*)` \|", page, re.MULTILINE))


def test_the_schema_has_the_types_of_the_configuration() -> None:
    page = (ROOT / "docs/reference/configuration.md").read_text()
    schema = json.loads((CHART / "values.schema.json").read_text())
    types = dict(re.findall(r"^\| `([a-z][^`]*)` \| (duration|size|number|boolean|URL)\b", page, re.MULTILINE))
    assert len(types) > 30
    for key, kind in types.items():
        node = schema["properties"]["config"]
        for part in key.split("."):
            node = node["properties"][part.removesuffix("[]")]
            node = node.get("items", node)
        assert node == {"$ref": f"#/definitions/{kind.lower()}"}, key


@pytest.mark.parametrize(
    "setting",
    ["limits.total-memory=70.5%", "limits.query-memory=1.5 GiB", "limits.queue=0", "limits.timeout=${env:TIMEOUT}", "http.cache=0"],
)
def test_what_the_server_takes_the_schema_takes(setting: str) -> None:
    run("helm", "template", "bowyer", CHART, "--set", f"config.{setting}")


def test_every_value_is_in_the_schema() -> None:
    schema = json.loads((CHART / "values.schema.json").read_text())

    def closed(node: dict, path: str) -> None:
        assert node.get("additionalProperties") is False, path
        for name, child in node["properties"].items():
            if "properties" in child and not path.startswith("values.config"):
                closed(child, f"{path}.{name}")

    closed({**schema, "properties": {key: it for key, it in schema["properties"].items() if key != "config"}}, "values")


def test_an_older_kubernetes_is_refused() -> None:
    assert "chart requires kubeVersion: >=1.30.0-0" in refusal("--kube-version", "1.29.0")
