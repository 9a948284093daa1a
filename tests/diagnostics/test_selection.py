"""What is told, and what cannot be hidden."""

from __future__ import annotations

import pytest

from netspec.diagnostics import Diagnostic, Severity
from netspec.diagnostics.selection import Selection, unselectable
from netspec.problems import catalogue


class Lint(Diagnostic):
    code = "NS805"
    title = "lint"
    severity = Severity.WARNING


class Optional(Lint):
    code = "NS806"
    optional = True


class Unreadable(Diagnostic):
    code = "NS101"
    title = "unreadable"


class Mismatch(Diagnostic):
    code = "NS301"
    title = "mismatch"


# select, extend, ignore, which of the four are told
CASES: list[tuple[str | None, str, str, str]] = [
    (None, "", "", "NS805 NS101 NS301"),
    (None, "NS806", "", "NS805 NS806 NS101 NS301"),
    (None, "NS8", "", "NS805 NS806 NS101 NS301"),
    (None, "NS8", "NS806", "NS805 NS101 NS301"),
    (None, "NS806", "NS806", "NS805 NS101 NS301"),
    (None, "NS806", "NS8", "NS806 NS101 NS301"),
    (None, "", "NS8", "NS101 NS301"),
    (None, "", "NS", "NS101 NS301"),
    (None, "", "NS3 NS1", "NS805 NS101 NS301"),
    (None, "", "NS301 NS101", "NS805 NS101"),
    ("", "", "", "NS101 NS301"),
    ("NS3", "", "", "NS101 NS301"),
    ("NS8", "", "", "NS805 NS806 NS101 NS301"),
    ("NS805", "", "", "NS805 NS101 NS301"),
    ("NS805", "", "NS8", "NS805 NS101 NS301"),
    ("NS3", "NS806", "NS301", "NS806 NS101"),
]


@pytest.mark.parametrize(("select", "extend", "ignore", "told"), CASES)
def test_what_is_told(select: str | None, extend: str, ignore: str, told: str) -> None:
    chosen = None if select is None else tuple(select.split())
    selection = Selection(chosen, tuple(extend.split()), tuple(ignore.split()))
    kinds = (Lint, Optional, Unreadable, Mismatch)
    assert [kind.code for kind in kinds if selection.keeps(kind)] == told.split()
    assert selection.kept([kind("so") for kind in kinds]) == tuple(
        kind("so") for kind in kinds if kind.code in told.split()
    )


@pytest.mark.parametrize(
    ("name", "ignored", "why"),
    [
        ("NS301", True, None),
        ("NS", True, None),
        ("NS1", False, None),
        ("NS1", True, "NS1 cannot be ignored: it says that something cannot be read"),
        ("NS601", True, "NS601 cannot be ignored: it says that something cannot be read"),
        ("", False, "no code of a diagnostic begins with ''"),
        ("NSS301", False, "no code of a diagnostic begins with 'NSS301'; did you mean NS301?"),
        ("SHAPE-MISMATCH", False, "no code of a diagnostic begins with 'SHAPE-MISMATCH'; did you mean NS301?"),
    ],
)
def test_names_that_are_none(name: str, ignored: bool, why: str | None) -> None:
    assert unselectable(name, catalogue(), ignored) == why
