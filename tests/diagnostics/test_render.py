"""Diagnostics as text."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from netspec.diagnostics import Diagnostic, Label, Severity
from netspec.diagnostics.interchange import as_json, github
from netspec.diagnostics.render import harmless, human, summary
from netspec.diagnostics.source import Source, Span
from netspec.problems.syntax import UnexpectedToken


class Remark(UnexpectedToken):
    code = "NS199"
    title = "remark"
    severity = Severity.WARNING


def at(text: str, piece: str, note: str = "", name: str = "a.net") -> Label:
    """A label on the first occurrence of a piece of a text."""
    start = text.index(piece)
    return Label(Source(name, text), Span(start, start + len(piece)), note)


NET = 'name: "n"\n' + "\n" * 8 + "layer {\n\tpad: 1\n}\n"
LONG = "a: 1 " * 60 + "HERE: 2 " + "b: 3 " * 60
RENDERS = {
    "plain": UnexpectedToken("it is wrong", (at(NET, "pad", "this"),), "write it right"),
    "no-label": UnexpectedToken("it is wrong", (), "write it right"),
    "bare": UnexpectedToken("it is wrong"),
    "warning": Remark("it is odd", (at(NET, "1"),)),
    "labels-elsewhere": UnexpectedToken(
        "they differ", (at(NET, "pad", "here"), at(NET, "name", "there"), at("x: 1\n", "x", "and there", "b.net"))
    ),
    "labels-on-one-line": UnexpectedToken("they differ", (at(NET, "pad", "one"), at(NET, "1", "two"))),
    "over-lines": UnexpectedToken("too long", (at(NET, "layer {\n\tpad: 1\n}", "all of this"),)),
    "help-of-lines": UnexpectedToken("wrong", (at(NET, "pad"),), "write\n  pad: 1\n" + "and explain it at length " * 8),
    "empty-file": UnexpectedToken("nothing here", (Label(Source("e.net", ""), Span(0, 0), "empty"),)),
    "end-of-file": UnexpectedToken("cut off", (Label(Source("e.net", "a {\n"), Span(4, 4), "here"),)),
    "end-of-last-line": UnexpectedToken("cut off", (Label(Source("e.net", "a {"), Span(3, 3)),)),
    "beyond": UnexpectedToken("odd span", (Label(Source("e.net", "a {"), Span(50, 90)),)),
    "long-line": UnexpectedToken("far right", (at(LONG, "HERE", "look"),)),
    "long-line-left": UnexpectedToken("far left", (at(LONG, "a: 1"),)),
    "long-span": UnexpectedToken("all of it", (at(LONG, LONG, "wide"),)),
    "tabs": UnexpectedToken("tabs", (at("\ta:\t1\tb: 2", "b", "here"),)),
    "wide": UnexpectedToken("wide", (at("a: '漢字' b: 1", "b", "here"), at("a: 'e\u0301' b: 1", "b", "here", "b.net"))),
    "carriage-return": UnexpectedToken("crlf", (Label(Source("c.net", "a\r\nb\r\n"), Span(1, 2), "here"),)),
    "hostile": UnexpectedToken(
        "message \x1b[2J\n\u202e",
        (at("a\x1b]0;x\x07\u202e\x9b: 1", "1", "note\x1b[1m\n!", "na\nme\x1b"),),
        "help \x1b[0m",
    ),
}


@pytest.mark.parametrize(("name", "diagnostic"), RENDERS.items(), ids=RENDERS)
def test_human(name: str, diagnostic: Diagnostic, golden: Callable[[str, str], None]) -> None:
    golden(f"syntax/render/{name}.txt", human([diagnostic]))


def test_several_are_apart() -> None:
    assert human([RENDERS["bare"], RENDERS["bare"]]) == "error[NS101]: it is wrong\n\nerror[NS101]: it is wrong\n"
    assert human([]) == ""


def test_colour_only_adds_colour(golden: Callable[[str, str], None]) -> None:
    diagnostics = [RENDERS["labels-elsewhere"], RENDERS["warning"], RENDERS["plain"]]
    coloured = human(diagnostics, color=True)
    golden("syntax/render/colour.txt", coloured)
    for sequence in ("\x1b[0m", "\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m"):
        coloured = coloured.replace(sequence, "")
    assert coloured == human(diagnostics)


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "\r", "\x00", "\x7f", "\x9b31m", "\u202e", "\u2028", "\ud800", "\ufeff"]
)
def test_nothing_hostile_gets_through(hostile: str) -> None:
    assert hostile not in harmless(hostile)
    text = f"a {hostile} b"
    shown = human([UnexpectedToken(hostile, (at(text, "b", hostile, f"n{hostile}"),), hostile)])
    assert all(character == "\n" or character.isprintable() for character in shown)
    shown.encode()


@pytest.mark.parametrize(
    ("errors", "warnings", "files", "text"),
    [
        (0, 0, 1, "no problems in 1 file"),
        (1, 0, 1, "1 error in 1 file"),
        (2, 1, 3, "2 errors and 1 warning in 3 files"),
        (0, 2, 2, "2 warnings in 2 files"),
    ],
)
def test_summary(errors: int, warnings: int, files: int, text: str) -> None:
    assert summary([UnexpectedToken("x")] * errors + [Remark("x")] * warnings, files) == text


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
    ("diagnostic", "command"),
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
def test_github(diagnostic: Diagnostic, command: str) -> None:
    assert github([diagnostic]) == f"{command}\n"
