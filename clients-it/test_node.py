"""grpc-js and apache-arrow in Node, driven by the program in node/."""

from __future__ import annotations

import pytest

import program
from bowyer_process import BowyerProcess
from features import FeatureLines
from program import Outcome

CLIENT = "Node apache-arrow"
FEATURES = [
    "queries",
    "many rows",
    "compatible types",
    "nested types",
    "empty results",
    "PATH descriptors",
    "plain tickets",
    "list datasets",
    "options as headers",
    "native types",
    "native views",
    "errors",
    "gRPC cancel",
]


@pytest.fixture(scope="module")
def outcomes(server: BowyerProcess, feature_lines: FeatureLines) -> dict[str, Outcome]:
    program.needs("node")
    program.needs("npm")
    folder = program.node_folder()
    return program.run(["node", folder / "main.mjs", "--server", server.address], CLIENT, feature_lines)


@pytest.mark.parametrize("feature", program.cases(CLIENT, FEATURES))
def test_node(feature: str, outcomes: dict[str, Outcome]) -> None:
    program.check(outcomes, feature)


def test_every_line_of_the_node_program_is_looked_at(outcomes: dict[str, Outcome]) -> None:
    assert set(outcomes) == set(FEATURES)
