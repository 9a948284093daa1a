"""Every kind of fault has a code of its own, and a page that says what it is and what to do."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import Counter

import pytest

import netspec.problems
from netspec.diagnostics import Diagnostic

HUNDREDS = {
    "syntax": "1",
    "fields": "2",
    "assumptions": "2",
    "shapes": "3",
    "backends": "4",
    "weights": "5",
    "plugins": "6",
    "language": "7",
    "solver": "8",
    "data": "8",
    "lints": "8",
    "configuration": "9",
}
HEADINGS = ("Example", "Instead")


def listed() -> list[tuple[str, type[Diagnostic]]]:
    """The kinds in each module's PROBLEMS, with the module's name."""
    found: list[tuple[str, type[Diagnostic]]] = []
    for info in pkgutil.iter_modules(netspec.problems.__path__):
        module = importlib.import_module(f"netspec.problems.{info.name}")
        found += [(info.name, problem) for problem in module.PROBLEMS]
    return found


PROBLEMS = listed()
each_problem = pytest.mark.parametrize(("module", "problem"), PROBLEMS, ids=[p.__name__ for _, p in PROBLEMS])


def test_every_kind_is_listed() -> None:
    defined: list[type[Diagnostic]] = []
    for info in pkgutil.iter_modules(netspec.problems.__path__):
        module = importlib.import_module(f"netspec.problems.{info.name}")
        kinds = (value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Diagnostic))
        defined += [kind for kind in kinds if kind.__module__ == module.__name__]
    assert set(defined) == {problem for _, problem in PROBLEMS}


@pytest.mark.parametrize("attribute", ["code", "title", "__name__"])
def test_nothing_is_said_twice(attribute: str) -> None:
    counts = Counter(getattr(problem, attribute) for _, problem in PROBLEMS)
    assert not [value for value, count in counts.items() if count > 1]


@each_problem
def test_code_and_title(module: str, problem: type[Diagnostic]) -> None:
    assert re.fullmatch(rf"NS{HUNDREDS[module]}\d\d", problem.code)
    assert problem.title == re.sub(r"(?<!^)(?=[A-Z])", "-", problem.__name__).lower()


@each_problem
def test_page(module: str, problem: type[Diagnostic]) -> None:
    """A first paragraph, then the headings in order; `Instead` is never missing."""
    page = problem.__doc__ or ""
    headings = re.findall(r"^ *## (.+)$", page, re.MULTILINE)
    assert page.split("##")[0].strip().endswith((".", ":", "*"))
    assert headings == [heading for heading in HEADINGS if heading in headings]
    assert "Instead" in headings
    assert page.count("```") % 2 == 0
