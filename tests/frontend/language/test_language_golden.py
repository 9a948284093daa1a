"""What is said of each fault, word for word: the specs of tests/golden/expand, several in a file, each under its title.

All begin with an input called `data`, of 1×3×8×8. A spec has one fault, and one thing is said of it; where it has more
the title says how many.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.render import human
from netspec.diagnostics.source import Source
from netspec.frontend.load import check_source
from netspec.problems.language import PROBLEMS

SPECS = sorted((Path(__file__).parents[2] / "golden" / "expand").glob("*.net"))
_TITLE = re.compile(r"#### (?P<title>.*?)(?: \((?P<count>\d+)\))?\n")


@cache
def cases(spec: Path) -> list[tuple[str, int, list[Diagnostic]]]:
    """The title of each, how many faults it has, and what is said."""
    return list(_cases(spec))


def _cases(spec: Path) -> Iterator[tuple[str, int, list[Diagnostic]]]:
    parts = _TITLE.split(spec.read_text("utf-8"))[1:]
    for title, count, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        yield title, int(count or 1), check_source(Source("it.net", "input data: [1, 3, 8, 8]\n" + text))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.stem)
def test_golden(spec: Path, golden: Callable[[str, str], None]) -> None:
    made = cases(spec)
    golden(f"expand/{spec.stem}.txt", "\n".join(f"#### {title}\n{human(found)}" for title, _, found in made))
    assert {title: len(found) for title, _, found in made} == {title: count for title, count, _ in made}


def test_every_kind_is_shown() -> None:
    shown = {type(diagnostic) for spec in SPECS for _, _, found in cases(spec) for diagnostic in found}
    assert not set(PROBLEMS) - shown
