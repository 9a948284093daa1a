"""Diagnostics come back as they were."""

from __future__ import annotations

import json

import pytest

from netspec.diagnostics import Diagnostic, Label
from netspec.diagnostics.source import Atlas, Source, Span
from netspec.host.record import recalled, recorded
from netspec.problems.fields import UnknownField
from netspec.problems.shapes import ShapeMismatch

ONE, TWO = Source("one.net", "a: 1\n"), Source("two.net", "b: 2\n")
TEXTS = {source.name: source.text for source in (ONE, TWO)}
FOUND = [
    UnknownField("no field «a»", (Label(ONE, Span(0, 1)), Label(TWO, Span(0, 1), "used here", True)), "leave it out"),
    ShapeMismatch("3 is not 4"),
]


def test_there_and_back() -> None:
    values = json.loads(json.dumps(recorded(FOUND, TEXTS)))
    assert recalled(values, {"one.net": ONE, "two.net": TWO}) == tuple(FOUND)


class Own(Diagnostic):
    """Of nobody else."""

    code, title = "NS201", "own"


@pytest.mark.parametrize(
    "diagnostic",
    [
        Own("a kind of one's own"),
        UnknownField("elsewhere", (Label(Source("three.net", ""), Span(0, 0)),)),
        UnknownField("another text", (Label(Source("one.net", "c"), Span(0, 0)),)),
        UnknownField("no plain text", (Label(Atlas("one.net", "a: 1\n"), Span(0, 0)),)),
    ],
    ids=lambda diagnostic: diagnostic.message,
)
def test_what_would_not_come_back(diagnostic: Diagnostic) -> None:
    assert recorded([diagnostic], TEXTS) is None


NEVER = [[1], [["NS000", "x", [], None]], [["NS201", "x", [["none", 0, 0, "", False]], None]], 3]


@pytest.mark.parametrize("values", NEVER)
def test_what_was_never_recorded(values: object) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        recalled(values, {})
