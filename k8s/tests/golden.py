"""What is made from the chart and kept in the tree: golden files, and the base of the kustomizations."""

import re
from pathlib import Path

import yaml

from tree import GOLDEN, KUSTOMIZE, OVERLAYS, VALUES, kustomize, render

HEADER = "# Made of the chart by k8s/test.sh --update.\n"

# What only Helm needs. kustomize gives a changed ConfigMap a new name, so its pods need no checksum.
OF_HELM = [
    re.compile(r"^# Source: .*\n", re.MULTILINE),
    re.compile(r"^ +(helm\.sh/chart|app\.kubernetes\.io/managed-by): .*\n", re.MULTILINE),
    re.compile(r"^ +annotations:\n +# A changed configuration .*\n +checksum/config: .*\n", re.MULTILINE),
]


def chart_files() -> dict[Path, str]:
    """What the chart renders with its defaults and with each of its files of values."""
    made = {GOLDEN / "chart-default.yaml": render()}
    for values in VALUES:
        name = values.name.removesuffix("-values.yaml")
        made[GOLDEN / f"chart-{name}.yaml"] = render("--values", values)
    return made


def base_files() -> dict[Path, str]:
    """The base: the chart with its defaults, a file for each kind, the configuration as a file of its own."""
    base = KUSTOMIZE / "base"
    made: dict[Path, str] = {}
    for text in re.split(r"^---\n", render(), flags=re.MULTILINE):
        document = yaml.safe_load(text)
        if document is None:
            continue
        if document["kind"] == "ConfigMap":
            made[base / "bowyer.yaml"] = HEADER + document["data"]["bowyer.yaml"]
            continue
        for pattern in OF_HELM:
            text = pattern.sub("", text)
        assert "helm" not in text.lower(), text
        path = base / f"{document['kind'].lower()}.yaml"
        made[path] = f"{made[path]}---\n{text}" if path in made else HEADER + text
    return made


def overlay_files() -> dict[Path, str]:
    return {GOLDEN / f"kustomize-{folder.name}.yaml": kustomize(folder) for folder in OVERLAYS}
