"""arrow-go's Flight SQL client, driven by the program in go/."""

from __future__ import annotations

import pytest

import program
from bowyer_process import BowyerProcess
from conftest import Secured
from features import FeatureLines
from program import Outcome

CLIENT = "arrow-go"
FEATURES = [
    "queries",
    "schema of a query",
    "errors",
    "compatible types",
    "native types",
    "PollFlightInfo",
    "CancelFlightInfo",
    "CancelQuery",
    "gRPC cancel",
    "RenewFlightEndpoint",
    "parallel endpoints",
    "updates are refused",
    "ingestion is refused",
    "prepared statements",
    "parameters",
    "parameters of other types",
    "binding again",
    "wrong parameters are refused",
    "catalogs",
    "schemas",
    "tables",
    "columns",
    "table types",
    "keys",
    "type info",
    "SQL info",
    "session options",
    "session options without cookies are refused",
    "options as headers",
    "login with a password",
]


@pytest.fixture(scope="module")
def outcomes(server: BowyerProcess, secured: Secured, feature_lines: FeatureLines) -> dict[str, Outcome]:
    program.needs("go")
    binary = program.build_folder("go") / "client"
    program.build("go", "go", "build", "-o", str(binary), ".")
    return program.run([binary, *secured.options(server)], CLIENT, feature_lines)


@pytest.mark.parametrize("feature", program.cases(CLIENT, FEATURES))
def test_go(feature: str, outcomes: dict[str, Outcome]) -> None:
    program.check(outcomes, feature)


def test_every_line_of_the_go_program_is_looked_at(outcomes: dict[str, Outcome]) -> None:
    assert set(outcomes) == set(FEATURES)
