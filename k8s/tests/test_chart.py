"""The chart: what it renders, and that this is what Kubernetes takes."""

import re
import shutil
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

from golden import chart_files
from tree import CHART, GOLDEN, ROOT, VALUES, objects, render, run, validate

SETTINGS = [pytest.param((), id="default"), *(pytest.param(("--values", it), id=it.stem) for it in VALUES)]


def pod(manifests: str) -> dict:
    """The specification of the pods, of whichever kind of workload."""
    return next(it for (kind, _), it in objects(manifests).items() if kind in ("Deployment", "StatefulSet"))["spec"]["template"]


@pytest.mark.parametrize("values", SETTINGS)
def test_lint_finds_nothing(values: tuple) -> None:
    run("helm", "lint", "--strict", "--quiet", CHART, *values)


@pytest.mark.parametrize("values", SETTINGS)
def test_kubernetes_takes_every_manifest(values: tuple) -> None:
    validate(render(*values))


def test_golden_files() -> None:
    made = chart_files()
    kept = {path: path.read_text() for path in GOLDEN.glob("chart-*.yaml")}
    assert kept == made, "k8s/test.sh --update, then look at the difference"


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("readinessProbe:", "readynessProbe:", "additional properties 'readynessProbe' not allowed"),
        ("failureThreshold: 2\n", "failureThreshold: two\n", "got string, want integer"),
        ("seconds: 5\n", "seconds: 50\n", "less than terminationGracePeriodSeconds"),
        ("name: flight, containerPort", "name: flight-and-flight-sql, containerPort", "must be no more than 15 characters"),
        ("allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "allowPrivilegeEscalation != false"),
    ],
)
def test_the_checks_find_what_is_wrong(right: str, wrong: str, said: str) -> None:
    manifests = render()
    assert right in manifests
    with pytest.raises(AssertionError, match=re.escape(said)):
        validate(manifests.replace(right, wrong))


def test_versions_are_those_of_the_project() -> None:
    project = ElementTree.parse(ROOT / "pom.xml").getroot().findtext("{http://maven.apache.org/POM/4.0.0}version")
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["version"], chart["appVersion"]) == (project, project)
    assert pod(render())["spec"]["containers"][0]["image"] == f"bowyer:{project}"


@pytest.mark.parametrize("values", SETTINGS)
def test_pods_are_locked_in(values: tuple) -> None:
    spec = pod(render(*values))["spec"]
    container = spec["containers"][0]
    assert spec["automountServiceAccountToken"] is False
    assert spec["enableServiceLinks"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    # The root is read-only, so everything that is written has a volume.
    assert {"/tmp", "/var/lib/bowyer"} <= {it["mountPath"] for it in container["volumeMounts"]}


@pytest.mark.parametrize("values", SETTINGS)
def test_every_mount_has_its_volume(values: tuple) -> None:
    manifests = render(*values)
    made = [it for it in objects(manifests).values() if it["kind"] == "StatefulSet"]
    claims = [claim["metadata"]["name"] for it in made for claim in it["spec"].get("volumeClaimTemplates", [])]
    spec = pod(manifests)["spec"]
    volumes = [it["name"] for it in spec["volumes"]] + claims
    assert len(volumes) == len(set(volumes))
    assert {it["name"] for it in spec["containers"][0]["volumeMounts"]} == set(volumes)


@pytest.mark.parametrize("values", SETTINGS)
def test_the_grace_is_longer_than_the_drain(values: tuple) -> None:
    manifests = render(*values)
    spec = pod(manifests)["spec"]
    wait = spec["containers"][0].get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    config = next(it for (kind, _), it in objects(manifests).items() if kind == "ConfigMap")["data"]["bowyer.yaml"]
    drain = int(yaml.safe_load(config)["server"]["drain"].removesuffix("s"))
    assert spec["terminationGracePeriodSeconds"] > wait + drain


@pytest.mark.parametrize("values", SETTINGS)
def test_several_replicas_share_their_key(values: tuple) -> None:
    made = objects(render(*values))
    scaled = any(kind == "HorizontalPodAutoscaler" for kind, _ in made)
    workload = next(it for (kind, _), it in made.items() if kind in ("Deployment", "StatefulSet"))
    if scaled:
        assert "replicas" not in workload["spec"], "Helm would set back what the autoscaler chose"
    if scaled or workload["spec"]["replicas"] > 1:
        keys = [it for it in workload["spec"]["template"]["spec"]["containers"][0]["env"] if it["name"] == "BOWYER_TICKETS_KEYS"]
        assert keys[0]["valueFrom"]["secretKeyRef"] == {"name": "bowyer-tickets", "key": "keys"}
        assert workload["kind"] == "Deployment"


@pytest.mark.parametrize("values", SETTINGS)
def test_selectors_find_the_pods(values: tuple) -> None:
    manifests = render(*values)
    labels = pod(manifests)["metadata"]["labels"].items()
    for (kind, _), it in objects(manifests).items():
        if kind in ("Deployment", "StatefulSet", "PodDisruptionBudget"):
            assert it["spec"]["selector"]["matchLabels"].items() <= labels
        elif kind == "NetworkPolicy":
            assert it["spec"]["podSelector"]["matchLabels"].items() <= labels
        elif kind == "Service":
            assert it["spec"]["selector"].items() <= labels
            assert {port["targetPort"] for port in it["spec"]["ports"]} == {"flight", "http"}
    for constraint in pod(manifests)["spec"].get("topologySpreadConstraints", []):
        assert constraint["labelSelector"]["matchLabels"].items() <= labels


def test_one_service_is_monitored_and_not_its_headless_twin() -> None:
    made = objects(render("--set", "serviceMonitor.enabled=true"))
    monitor = made["ServiceMonitor", "bowyer"]["spec"]
    wanted = monitor["selector"]["matchLabels"].items()
    monitored = [it for (kind, _), it in made.items() if kind == "Service" and wanted <= it["metadata"]["labels"].items()]
    assert [it["metadata"]["name"] for it in monitored] == ["bowyer"]
    assert monitor["endpoints"][0]["port"] in {port["name"] for port in monitored[0]["spec"]["ports"]}
    # The alerts and the dashboards look for job="bowyer".
    assert monitored[0]["metadata"]["labels"][monitor["jobLabel"]] == "bowyer"


def test_a_changed_configuration_starts_new_pods() -> None:
    def checksum(*arguments: str) -> str:
        return pod(render(*arguments))["metadata"]["annotations"]["checksum/config"]

    assert checksum() == checksum("--set", "podLabels.a=b")
    assert checksum() != checksum("--set", "config.limits.queue=7")
    assert checksum() != checksum("--set", "shutdown.drainSeconds=31")


def reference_rows() -> list[tuple[str, str]]:
    """Key and type of every line of the page of all configuration keys."""
    page = (ROOT / "docs/reference/configuration.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \| ([^:|]+)", page, re.MULTILINE)
    assert len(rows) > 30
    return [(key, kind.strip()) for key, kind in rows]


def test_every_section_of_the_configuration_may_be_set(tmp_path: Path) -> None:
    sections = {re.split(r"[.\[]", key)[0] for key, _ in reference_rows()}
    lists = {key.split("[")[0] for key, _ in reference_rows() if "[]" in key and key.index("[") < key.index(".")}
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump({"config": {name: [] if name in lists else {} for name in sections}}))
    render("--values", values)


def test_no_secret_stands_in_the_configmap(tmp_path: Path) -> None:
    secrets = [key for key, kind in reference_rows() if kind == "secret"]
    assert "stores[].secret-access-key" in secrets and "auth.users[].password-hash" in secrets
    for key in secrets:
        for value, allowed in (("a literal", False), ("${env:SECRET}", True), ("${file:/run/secrets/bowyer/x/y}", True)):
            nested: object = value
            for part in reversed(key.split(".")):
                nested = {part.removesuffix("[]"): [nested] if part.endswith("[]") else nested}
            values = tmp_path / "values.yaml"
            values.write_text(yaml.safe_dump({"config": nested}))
            if allowed:
                render("--values", values)
            else:
                with pytest.raises(AssertionError, match=key.split(".")[-1]):
                    render("--values", values)


def test_notes_tell_how_to_connect(tmp_path: Path) -> None:
    # Helm shows notes only when it has a cluster; here they are rendered into a ConfigMap.
    chart = tmp_path / "bowyer"
    shutil.copytree(CHART, chart)
    notes = chart / "templates/NOTES.txt"
    wrapped = '{{- define "notes" -}}\n' + notes.read_text() + '{{- end -}}\n'
    (chart / "templates/_notes.tpl").write_text(wrapped)
    notes.unlink()
    made = '{ apiVersion: v1, kind: ConfigMap, metadata: { name: notes }, data: { text: {{ include "notes" . | quote }} } }'
    (chart / "templates/notes.yaml").write_text(made)

    def shown(*arguments: str | Path) -> str:
        rendered = run("helm", "template", "bowyer", chart, "--namespace", "data", *arguments)
        return objects(rendered)["ConfigMap", "notes"]["data"]["text"]

    notes = shown()
    assert 'pyarrow.flight.connect("grpc://bowyer.data:8815")' in notes
    assert "dns:///bowyer-headless.data:8815" in notes
    assert "tickets and logins end with the pod" in notes
    assert "or set persistence.enabled" in notes
    several = shown("--values", CHART / "ci/replicas-values.yaml")
    assert "tickets and logins" not in several
    assert "known to that replica only: list datasets under config.datasets." in several


def test_the_autoscaler_asks_for_the_metric_that_the_example_defines() -> None:
    rules = yaml.safe_load((ROOT / "k8s/examples/prometheus-adapter.yaml").read_text())["rules"]["custom"]
    made = objects(render("--values", CHART / "ci/autoscaling-values.yaml"))
    wanted = made["HorizontalPodAutoscaler", "bowyer"]["spec"]["metrics"][0]["pods"]["metric"]["name"]
    assert [rule["name"]["as"] for rule in rules] == [wanted]
