"""Where things are in the tree, and the programs that read them."""

import os
import subprocess
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "k8s/chart/bowyer"
VALUES = sorted((CHART / "ci").glob("*-values.yaml"))
KUSTOMIZE = ROOT / "k8s/kustomize"
OVERLAYS = sorted(path.parent for path in (KUSTOMIZE / "overlays").glob("*/kustomization.yaml"))
GOLDEN = ROOT / "k8s/tests/golden"

RUN_SECONDS = 60


def run(*command: str | Path, stdin: str = "", folder: Path = ROOT) -> str:
    """What a command prints.

    Raises:
        AssertionError: it failed; the message is what it said.
    """
    done = attempt(*command, stdin=stdin, folder=folder)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


def attempt(*command: str | Path, stdin: str = "", folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command], cwd=folder, input=stdin, text=True, capture_output=True, timeout=RUN_SECONDS
    )


def render(*arguments: str | Path) -> str:
    """The manifests of a release `bowyer` in the namespace `data`."""
    return run("helm", "template", "bowyer", CHART, "--namespace", "data", *arguments)


def objects(manifests: str) -> dict[tuple[str, str], dict[str, Any]]:
    """The objects by kind and name."""
    found = [document for document in yaml.safe_load_all(manifests) if document]
    return {(it["kind"], it["metadata"]["name"]): it for it in found}


def validate(manifests: str) -> None:
    """Checks manifests by schema, of the oldest and the newest Kubernetes, and by the rules of the API server."""
    schemas = Path(os.environ["BOWYER_KUBERNETES_SCHEMAS"])
    versions = sorted(schemas.glob("v1.*"))
    assert len(versions) == 2
    for version in versions:
        locations = [f"{folder}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json" for folder in (version, schemas / "monitoring")]
        run("kubeconform", "-strict", *(word for it in locations for word in ("-schema-location", it)), stdin=manifests)
    run("apicheck", stdin=manifests)


def kustomize(folder: Path) -> str:
    return run("kustomize", "build", folder)
