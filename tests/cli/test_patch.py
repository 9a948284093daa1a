"""What `fmt --diff` prints, put to use: the text before and the difference make the text after."""

from __future__ import annotations

import re
import tracemalloc

import pytest

from netspec.cli.patch import unified

TEXTS = ["", "a", "\n", "a\n", "a\nb", "a\nb\n", "b\na\n", "a\n\nb\n", "ab\nb\n", "a\nab\n", "a\nb\nc\nd\n", "\n\n\n"]
HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@\n")


@pytest.mark.parametrize("most", [-1, 99], ids=["in one piece", "compared"])
@pytest.mark.parametrize("before", TEXTS, ids=repr)
def test_the_difference_leads_from_one_text_to_the_other(before: str, most: int) -> None:
    for after in TEXTS:
        difference = "".join(unified(before, after, "x", most))
        assert (difference == "") == (before == after)
        assert _applied(before, difference) == after, difference


def test_of_many_lines_not_one_is_kept_apart() -> None:
    """Thirty million blank lines took 4.5 GB: a string, a list's place and an index for each."""
    text = "\n" * 3_000_000
    tracemalloc.start()
    pieces = list(unified(text, "\n", "x"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert pieces == ["--- x\n", "+++ x\n", "@@ -2,2999999 +1,0 @@\n", "-\n" * 2_999_999]
    assert peak < 40e6


def _applied(before: str, difference: str) -> str:
    lines, made, at = before.splitlines(keepends=True), "", 0
    parts = HUNK.split(difference.replace("\n\\ No newline at end of file\n", "\0"))[1:]
    for first, count, _, _, body in zip(*(parts[i::5] for i in range(5)), strict=True):
        start = int(first) - (count != "0")
        made, at = made + "".join(lines[at:start]), start
        for line in re.findall(r"[ +-][^\n\0]*[\n\0]", body):
            text = line[1:].replace("\0", "")
            if line[0] != "+":
                assert lines[at] == text
                at += 1
            made += text if line[0] != "-" else ""
    return made + "".join(lines[at:])
