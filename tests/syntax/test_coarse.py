"""The shortest way to a document says what the parser says, of every text that it takes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.diagnostics.source import Source
from netspec.syntax.coarse import MAX_DEPTH, coarse
from netspec.syntax.parser import by_tables

ROOT = Path(__file__).resolve().parents[2]
TAKEN = {
    "nothing": "",
    "fields": "a: 1 b: \"x\" c: MAX d: -1.5f e: 'y'",
    "messages": "a { b { c: 1 } } d: { e: 2 }",
    "an empty message": "a {}",
    "comments": "# one\r\na: 1 # two\nb { # three\n c: 1 # four\n}# five",
    "a byte order mark": "\ufeffa: 1",
    "a phase": "train { a: 1 }",
    "blanks": "a\t: \t1\n\n\nb  :{\fc:2}",
    "adjacent strings": 'a: "x"\n "y" # z\n "w"',
    "the same text again": "a: 1 a: 1 a: 1",
    "as deep as it goes": "a { " * MAX_DEPTH + "}" * MAX_DEPTH,
}
LEFT = {
    "a list": "a: [1, 2]",
    "a comma": "a: 1, b: 2",
    "angle brackets": "a < b: 1 >",
    "a statement": "let a = 1",
    "an operator": "a: 1 # c\n + 2",
    "a call": "a = ReLU(b)",
    "a block": "block b(x) -> y { y = ReLU(x) }",
    "a message that is not closed": "a { b: 1",
    "a bracket too many": "a: 1 }",
    "no value": "a: ",
    "what is nothing": "a: $",
    "deeper": "a { " * (MAX_DEPTH + 1) + "}" * (MAX_DEPTH + 1),
}


@pytest.mark.parametrize("text", TAKEN.values(), ids=TAKEN)
def test_takes(text: str) -> None:
    source = Source("test.net", text)
    assert coarse(source) == by_tables(source) is not None


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_leaves(text: str) -> None:
    assert coarse(Source("test.net", text)) is None


@pytest.mark.parametrize("path", sorted((ROOT / "specs").glob("*.net")), ids=lambda path: path.stem)
def test_specs(path: Path) -> None:
    agrees(path.read_text(encoding="utf-8"))


PIECES = [
    *("a: 1", "b: x", 'c: "s"', "d: -1", "e {", "}", "f: {", "#c\n", " ", "\n", "train {"),
    *(",", "[", "]", "<", ">", "+ 1", ":", "g"),
]


@given(
    st.lists(st.sampled_from(PIECES), max_size=20).map(" ".join)
    | st.lists(st.sampled_from(PIECES), max_size=12).map("".join)
)
def test_never_says_otherwise(text: str) -> None:
    agrees(text)


def agrees(text: str) -> None:
    source = Source("test.net", text)
    if found := coarse(source):
        assert found == by_tables(source)
