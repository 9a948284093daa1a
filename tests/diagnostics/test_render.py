"""Diagnostics as text."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.render import harmless, human, summary
from netspec.problems.syntax import UnexpectedToken
from tests.diagnostics.renders import RENDERS, Remark, at


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
