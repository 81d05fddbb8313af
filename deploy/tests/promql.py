"""Reads of a PromQL expression which metrics and labels it uses. Whether it is one, promtool says."""

import re
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"|(?P<number>\d[\w.]*)"
    r"|(?P<name>[A-Za-z_:][\w:]*)"
    r"|(?P<sign>[^\s])"
)
GROUPINGS = {"by", "without", "on", "ignoring", "group_left", "group_right"}
KEYWORDS = GROUPINGS | {"and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"}


@dataclass
class Uses:
    """What an expression uses: of each metric the labels that select its series, and the labels of all groupings."""

    metrics: dict[str, set[str]] = field(default_factory=dict)
    groupings: set[str] = field(default_factory=set)


def uses(expression: str) -> Uses:
    tokens = [(match.lastgroup, match.group()) for match in TOKEN.finditer(expression)]
    found = Uses()
    at = 0
    while at < len(tokens):
        kind, token = tokens[at]
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        at += 1
        if token == "[":
            at = _closing(tokens, at, "]")
        elif kind != "name":
            continue
        elif token in GROUPINGS and following == "(":
            end = _closing(tokens, at, ")")
            found.groupings |= {word for kind, word in tokens[at:end] if kind == "name"}
            at = end
        elif token not in KEYWORDS and following != "(" and following not in GROUPINGS:
            selected = found.metrics.setdefault(token, set())
            if following == "{":
                end = _closing(tokens, at, "}")
                selected |= {word for kind, word in tokens[at:end] if kind == "name"}
                at = end
    return found


def _closing(tokens: list[tuple[str | None, str]], start: int, sign: str) -> int:
    """The place behind the next such sign; a text that holds it is another token."""
    return next((at + 1 for at in range(start, len(tokens)) if tokens[at][1] == sign), len(tokens))
