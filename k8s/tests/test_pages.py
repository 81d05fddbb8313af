"""The commands and values on the how-to pages, as far as a machine without a cluster can run them."""

import re
import shlex
from pathlib import Path

import pytest
import yaml

from tree import ROOT, VALUES, objects, render, run, validate

KUBERNETES = (ROOT / "docs/how-to/kubernetes.md").read_text()
PROMETHEUS = (ROOT / "docs/how-to/prometheus-and-grafana.md").read_text()
README = (ROOT / "k8s/README.md").read_text()


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def commands(page: str, *first: str) -> list[list[str]]:
    lines = [shlex.split(line, comments=True) for block in blocks(page, "sh") for line in block.splitlines() if "'" not in line]
    return [line for line in lines if line[: len(first)] == list(first)]


@pytest.fixture
def values(tmp_path: Path) -> Path:
    """values.yaml of the page."""
    file = tmp_path / "values.yaml"
    file.write_text(blocks(KUBERNETES, "yaml")[0])
    return file


def rendered(command: list[str], values: Path) -> str:
    """What `helm install` would send to the cluster: the same command, but `helm template`."""
    words = [str(values) if word == "values.yaml" else word for word in command[2:] if word not in ("--install", "--create-namespace")]
    return run("helm", "template", *words)


def test_helm_commands(values: Path) -> None:
    installs = commands(KUBERNETES, "helm", "install") + commands(KUBERNETES, "helm", "template")
    assert len(installs) == 2
    for command in installs:
        validate(rendered(command, values))
    (lint,) = commands(KUBERNETES, "helm", "lint")
    run(*[str(values) if word == "values.yaml" else word for word in lint])
    for command in commands(README, "helm", "install") + commands(README, "helm", "template"):
        validate(rendered(command, VALUES[0]))


def test_every_set_of_values_can_be_added(values: Path) -> None:
    more = blocks(KUBERNETES, "yaml")[1:]
    assert len(more) == 6
    for text in more:
        added = values.parent / "added.yaml"
        added.write_text(text)
        made = render("--values", values, "--values", added)
        validate(made)
        assert made != render("--values", values), f"changes nothing:\n{text}"


def test_kubectl_commands_name_what_there_is(values: Path) -> None:
    (install,) = commands(KUBERNETES, "helm", "install")
    made = objects(rendered(install, values))
    existing = {f"{kind.lower()}/{name}" for kind, name in made}
    named = re.findall(r"\b((?:deployment|service)/\S+?)[\s`]", KUBERNETES)
    assert len(named) == 3 and set(named) <= existing
    # The secrets that the commands make are those that the pods want.
    secrets = {command[6] for command in commands(KUBERNETES, "kubectl", "-n", "data", "create", "secret", "generic")}
    container = made["Deployment", "bowyer"]["spec"]["template"]["spec"]["containers"][0]
    wanted = {container["env"][0]["valueFrom"]["secretKeyRef"]["name"], container["envFrom"][0]["secretRef"]["name"]}
    assert wanted <= secrets
    for host in re.findall(r"(?:grpc://|http://|dns:///)(bowyer[\w-]*)\.data:", KUBERNETES):
        assert ("Service", host) in made


def test_kustomizations() -> None:
    applied = [command[3] for page in (KUBERNETES, README) for command in commands(page, "kubectl", "apply", "-k")]
    assert len(applied) >= 2
    for folder in applied:
        validate(run("kustomize", "build", folder))


def test_the_rules_as_an_object_of_the_operator() -> None:
    (script,) = [block for block in blocks(PROMETHEUS, "sh") if "PrometheusRule" in block]
    made, applied = script.rstrip().rsplit(" | ", 1)
    assert applied == "kubectl -n data apply -f -"
    manifest = run("sh", "-c", made)
    validate(manifest)
    assert len(objects(manifest)["PrometheusRule", "bowyer"]["spec"]["groups"]) >= 4


def test_the_scrape_configuration_is_that_of_compose() -> None:
    (shown,) = blocks(PROMETHEUS, "yaml")
    kept = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yaml").read_text())
    assert yaml.safe_load(shown).items() <= kept.items()


@pytest.mark.parametrize("page", [KUBERNETES, PROMETHEUS, README])
def test_paths_on_the_pages_exist(page: str) -> None:
    paths = re.findall(r"(?<![\w/.])((?:k8s|deploy)/[\w./-]*\w)", page)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
