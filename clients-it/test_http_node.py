"""fetch and apache-arrow in Node, as pages and notebooks in a browser use them, driven by node/http.mjs."""

from __future__ import annotations

import pytest

import program
from bowyer_process import BowyerProcess
from features import FeatureLines
from http_requests import FAILS_LATE
from program import Outcome

CLIENT = "Node fetch"
FEATURES = [
    "over HTTP: Arrow stream",
    "over HTTP: Arrow stream, batch by batch",
    "over HTTP: JSON",
    "over HTTP: NDJSON",
    "over HTTP: CSV",
    "over HTTP: parameters",
    "over HTTP: ETag and 304",
    "over HTTP: errors",
    "over HTTP: broken-off bodies",
]
# What apache-arrow does wrong; the program proves it.
LIMITS = {
    "over HTTP: broken-off bodies, batch by batch": "apache-arrow ends without an error; "
    "read `arrayBuffer()` first, which throws",
}


@pytest.fixture(scope="module")
def outcomes(server: BowyerProcess, big: BowyerProcess, feature_lines: FeatureLines) -> dict[str, Outcome]:
    program.needs("node")
    program.needs("npm")
    script = program.node_folder() / "http.mjs"
    addresses = ["--server", server.http, "--big", big.http, "--fails", FAILS_LATE]
    return program.run(["node", script, *addresses], CLIENT, feature_lines)


@pytest.mark.parametrize("feature", program.cases(CLIENT, FEATURES))
def test_node(feature: str, outcomes: dict[str, Outcome]) -> None:
    program.check(outcomes, feature)


@pytest.mark.parametrize(
    "feature",
    [
        pytest.param(name, marks=pytest.mark.client(CLIENT, name, works=False, note=note))
        for name, note in LIMITS.items()
    ],
)
def test_limits(feature: str, outcomes: dict[str, Outcome]) -> None:
    assert not outcomes[feature].works
    assert not outcomes[feature].note.startswith("failed: "), outcomes[feature].note


def test_every_line_of_the_program_is_looked_at(outcomes: dict[str, Outcome]) -> None:
    assert set(outcomes) == {*FEATURES, *LIMITS}
