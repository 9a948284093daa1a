"""What a workflow of GitHub shows."""

from __future__ import annotations

from collections import Counter

from netspec.diagnostics import Diagnostic, Severity
from netspec.diagnostics.annotations import MOST, ROWS, annotated, more, step_summary
from netspec.problems.fields import DuplicateName
from netspec.problems.syntax import UnexpectedToken
from tests.diagnostics.renders import RENDERS, at


def test_ten_of_each_kind_are_annotations_and_the_rest_lines() -> None:
    printed = Counter[Severity]()
    wrong: list[Diagnostic] = [UnexpectedToken(f"fault {i}", (at("x", "x", name="a.net"),)) for i in range(MOST + 2)]
    lines = annotated(wrong, printed).splitlines()
    assert [line.startswith("::error file=a.net,line=1") for line in lines] == [True] * MOST + [False] * 2
    assert lines[MOST] == f"error[NS101] a.net:1:1: fault {MOST}"
    assert annotated([RENDERS["warning"]] * MOST, printed).count("::warning ") == MOST
    assert more(printed) == f"2 more errors without an annotation: GitHub shows {MOST} of each kind a step\n"
    assert more(Counter({Severity.ERROR: MOST})) == ""


def test_no_line_of_the_log_is_a_command() -> None:
    printed = Counter({Severity.ERROR: MOST})
    text = annotated([UnexpectedToken("::stop-commands::x\n::error::y ##[add-mask]z")], printed)
    assert text == "error[NS101] : ::stop-commands::x␊::error::y #_[add-mask]z\n"


def test_a_summary_is_a_table() -> None:
    hostile = UnexpectedToken("<img src=x> | `a` [b](http://c) *d*", (at("x", "x", name="a|b.net"),))
    lines = step_summary([("a|b.net", [hostile]), ("c.net", [])]).splitlines()
    assert lines[:3] == ["### netspec check", "", "1 error in 2 files"]
    assert lines[-1] == (r"| error | NS101 | a\|b.net\:1\:1 | &lt;img src=x&gt; \| \`a\` \[b\]\(http\://c\) \*d\* |")
    assert step_summary([("c.net", [])]).splitlines() == ["### netspec check", "", "no problems in 1 file", ""]


def test_a_summary_has_an_end() -> None:
    many = [DuplicateName("x" * 5000)] * (ROWS + 5)
    text = step_summary([("a.net", many)])
    assert text.endswith("\n… and 5 more\n")
    assert len(text.encode()) < 1 << 20
