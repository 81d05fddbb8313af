"""The kustomizations: a base made of the chart, and overlays."""

from pathlib import Path

import pytest
import yaml

from golden import HEADER, base_files, overlay_files
from tree import GOLDEN, KUSTOMIZE, OVERLAYS, kustomize, objects, validate

FOLDERS = [pytest.param(it, id=it.name) for it in (KUSTOMIZE / "base", *OVERLAYS)]


def test_the_base_is_what_the_chart_renders() -> None:
    kept = {path: path.read_text() for path in (KUSTOMIZE / "base").iterdir() if path.name != "kustomization.yaml"}
    assert kept == base_files(), "k8s/test.sh --update, then look at the difference"
    listed = yaml.safe_load((KUSTOMIZE / "base/kustomization.yaml").read_text())["resources"]
    assert {"bowyer.yaml", *listed} == {path.name for path in kept}
    assert all(text.startswith(HEADER) for text in kept.values())


def test_golden_files() -> None:
    kept = {path: path.read_text() for path in GOLDEN.glob("kustomize-*.yaml")}
    assert len(kept) == len(OVERLAYS) >= 2
    assert kept == overlay_files(), "k8s/test.sh --update, then look at the difference"


@pytest.mark.parametrize("folder", FOLDERS)
def test_kubernetes_takes_every_manifest(folder: Path) -> None:
    validate(kustomize(folder))


@pytest.mark.parametrize("folder", FOLDERS)
def test_pods_mount_the_configuration_and_share_the_key(folder: Path) -> None:
    made = objects(kustomize(folder))
    deployment = next(it for (kind, _), it in made.items() if kind == "Deployment")
    spec = deployment["spec"]["template"]["spec"]
    mounted = next(it for it in spec["volumes"] if it["name"] == "config")["configMap"]["name"]
    config = yaml.safe_load(made["ConfigMap", mounted]["data"]["bowyer.yaml"])
    # A name with a hash: a changed configuration starts new pods.
    assert mounted.startswith("bowyer-") and config["server"]["flight"] == "0.0.0.0:8815"
    drain = int(config["server"]["drain"].removesuffix("s"))
    assert spec["terminationGracePeriodSeconds"] > drain + spec["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    if deployment["spec"]["replicas"] > 1:
        assert "BOWYER_TICKETS_KEYS" in {it["name"] for it in spec["containers"][0].get("env", [])}
        assert any(kind == "PodDisruptionBudget" for kind, _ in made)
