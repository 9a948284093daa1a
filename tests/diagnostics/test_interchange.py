"""Diagnostics for other programs."""

from __future__ import annotations

import json

import pytest

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.annotations import command
from netspec.diagnostics.interchange import as_json
from netspec.problems.syntax import UnexpectedToken
from tests.diagnostics.renders import RENDERS, at


def test_json() -> None:
    label = {"file": "a.net", "line": 11, "column": 2, "end_line": 11, "end_column": 5, "text": "this"}
    assert json.loads(as_json([RENDERS["plain"], RENDERS["bare"]])) == [
        {
            "code": "NS101",
            "title": "unexpected-token",
            "severity": "error",
            "message": "it is wrong",
            "help": "write it right",
            "labels": [label],
        },
        {
            "code": "NS101",
            "title": "unexpected-token",
            "severity": "error",
            "message": "it is wrong",
            "help": None,
            "labels": [],
        },
    ]


def test_json_of_hostile_text_is_ascii() -> None:
    assert as_json([UnexpectedToken("\x1b\ud800é")]).isascii()


@pytest.mark.parametrize(
    ("diagnostic", "expected"),
    [
        (
            RENDERS["plain"],
            "::error file=a.net,line=11,col=2,endColumn=5,title=NS101::it is wrong%0Athis%0Ahelp: write it right",
        ),
        (RENDERS["bare"], "::error title=NS101::it is wrong"),
        (RENDERS["warning"], "::warning file=a.net,line=11,col=7,endColumn=8,title=NS199::it is odd"),
        (RENDERS["over-lines"], "::error file=a.net,line=10,endLine=12,title=NS101::too long%0Aall of this"),
        (
            UnexpectedToken("100%\r\n::x", (at("x", "x", name="a,b:c%.net"),)),
            "::error file=a%2Cb%3Ac%25.net,line=1,col=1,endColumn=2,title=NS101::100%25%0D%0A::x",
        ),
    ],
)
def test_github(diagnostic: Diagnostic, expected: str) -> None:
    assert command(diagnostic) == expected
