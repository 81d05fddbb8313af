"""Makes strict JSON schemas, one file for each kind, of what Kubernetes publishes.

usage: schemas.py kubernetes SWAGGER.json FOLDER      of the OpenAPI document of the API server
       schemas.py crd DEFINITION.yaml FOLDER          of a CustomResourceDefinition

Strict: a field that the kind does not have is an error, and so is a field without a value.
The files have the names that kubeconform looks for: kind-group-version.json, in small letters.
"""

import json
import sys
from pathlib import Path
from typing import Any

import yaml

Schema = dict[str, Any]

REFERENCE = "#/definitions/"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
INT_OR_STRING = {"type": ["integer", "string"]}


def strict(node: Any) -> Any:
    """The same schema, where an object has the listed properties only."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("format") == "int-or-string" or node.get("x-kubernetes-int-or-string"):
        return dict(INT_OR_STRING)
    # Descriptions are most of the text, and no check.
    made = {key: value for key, value in node.items() if not key.startswith("x-") and not isinstance(value, (dict, list))}
    made.pop("description", None)
    for key, value in node.items():
        if key == "properties":
            made[key] = {name: strict(schema) for name, schema in value.items()}
        elif isinstance(value, (dict, list)) and not key.startswith("x-"):
            made[key] = strict(value)
    if "properties" in made and not node.get("x-kubernetes-preserve-unknown-fields"):
        made.setdefault("additionalProperties", False)
    return made


def references(node: Any) -> set[str]:
    """The names of the definitions that a schema refers to."""
    if isinstance(node, list):
        return set().union(*(references(item) for item in node)) if node else set()
    if not isinstance(node, dict):
        return set()
    found = set().union(*(references(value) for value in node.values())) if node else set()
    target = node.get("$ref")
    if isinstance(target, str):
        found.add(target.removeprefix(REFERENCE))
    return found


def reached(start: str, definitions: dict[str, Schema]) -> dict[str, Schema]:
    """A definition and all that it refers to, directly or not."""
    found: dict[str, Schema] = {}
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = definitions[name]
            waiting.extend(references(definitions[name]))
    return found


def write(folder: Path, kind: str, group: str, version: str, schema: Schema) -> None:
    parts = [kind, *([group.split(".")[0]] if group else []), version]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("-".join(parts).lower() + ".json")).write_text(json.dumps(schema))


def of_kubernetes(swagger: Path, folder: Path) -> None:
    originals = json.loads(swagger.read_text())["definitions"]
    definitions = {name: strict(schema) for name, schema in originals.items()}
    # The document says text, the server also takes numbers: cpu: 2.
    definitions[QUANTITY] = {"type": ["string", "number"]}
    for name, original in originals.items():
        kinds = original.get("x-kubernetes-group-version-kind", [])
        # Options and events of watches stand in every group; they are no manifests.
        if len(kinds) != 1 or not {"apiVersion", "kind"} <= original.get("properties", {}).keys():
            continue
        definition = json.loads(json.dumps(definitions[name]))
        group, version, kind = (kinds[0][key] for key in ("group", "version", "kind"))
        definition["properties"]["apiVersion"]["enum"] = [f"{group}/{version}" if group else version]
        definition["properties"]["kind"]["enum"] = [kind]
        definition["required"] = sorted({"apiVersion", "kind", *definition.get("required", [])})
        definition["definitions"] = reached(name, definitions)
        write(folder, kind, group, version, definition)


def of_crd(definition: Path, folder: Path) -> None:
    spec = yaml.safe_load(definition.read_text())["spec"]
    for version in spec["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        # The metadata of every kind are checked by the API server.
        schema["properties"]["metadata"] = {"type": "object"}
        write(folder, spec["names"]["kind"], spec["group"], version["name"], schema)


def main() -> None:
    make = {"kubernetes": of_kubernetes, "crd": of_crd}[sys.argv[1]]
    make(Path(sys.argv[2]), Path(sys.argv[3]))


if __name__ == "__main__":
    main()
