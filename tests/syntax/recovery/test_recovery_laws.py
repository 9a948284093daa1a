"""Laws of the careful reading: it ends, in steps that grow with the text, and says something wherever the quick one
refuses a text."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.diagnostics import Diagnostic
from netspec.diagnostics.render import human
from netspec.diagnostics.source import Source
from netspec.syntax.document import Document
from netspec.syntax.grammar import Parse, Unexpected
from netspec.syntax.lexer import Extras, token_at, tokens
from netspec.syntax.parser import parse
from netspec.syntax.reading import Reading
from netspec.syntax.recovery import repair as recovery
from netspec.syntax.recovery.repair import recover
from netspec.syntax.tokens import END, Token
from tests.syntax.outline import outline

SAMPLE = """\
name: "sample"  # a comment
import "blocks.net"
import conv_bn, basic from "more.net"
input data: [N, 3, 224, 224]
let classes = 1000
let widths = [["a", 64], ["b", 128 * 2]]

block unit(x, channels, kernel = 3) -> y, z {
  y = Convolution(x) { num_output: channels  pad: (kernel - 1) / 2 }
  z = y | BatchNorm | Scale { bias_term: true }
}

a, "b/1" = Slice(data) { axis: 1  slice_point: [1, 2] }
c = unit(a, channels = 64, kernel = 2 * 3) | ReLU { name: f"relu{1 + 2}" }
repeat i in 1..3 {
  c = ReLU(c)
}
repeat width, n in widths { c = unit(c, n) }
if classes != 3 and not (classes <= -1 or classes > 5 % 2) {
  c = Pooling(c) { pool: MAX }
} else if len(widths) < 3 { d = c } else {
  d = Concat(a, c, Pooling(c) | ReLU)
}
train { layer { name: "loss" type: "SoftmaxWithLoss" bottom: "c" param < lr_mult: 1 > } }
stage not "deploy" { e = Softmax(c) }
expect c: [_, 64, 1, 1]
expect parameters <= 5.5M
layer {
  name: "last"
  include: { phase: TEST }
  dim: [1, 2, -3]
}
"""
STEPS = 12  # looks at a token and steps of the parser, for each character of the text


def careful(text: str) -> tuple[Document, list[Diagnostic]]:
    """What the careful reading gives. It may take so many steps and no more."""
    limit, taken = STEPS * (len(text) + 20), 0

    def counted(*given: Any) -> Token:
        nonlocal taken
        taken += 1
        assert taken < limit, "no end"
        return token_at(*given)

    def counting(method: Any) -> Any:
        def run(self: Reading, *given: Any) -> Any:
            nonlocal taken
            taken += 1
            assert taken < limit, "no end"
            return method(self, *given)

        return run

    with ExitStack() as stack:
        stack.enter_context(patch.object(recovery, "token_at", counted))
        for step in ("feed", "pop"):
            stack.enter_context(patch.object(Reading, step, counting(getattr(Reading, step))))
        return recover(Source("test.net", text))


def quick(text: str) -> bool:
    """Whether the quick reading takes the text."""
    state = Parse()
    try:
        for token in tokens(text, Extras()):
            state.feed_token(token)
        state.feed_token(Token(END, "", len(text)))
    except Unexpected:
        return False
    return True


def check(text: str) -> None:
    document, diagnostics = careful(text)
    if not quick(text):
        assert diagnostics
    elif not diagnostics:
        assert document == parse(document.source)[0]
    for diagnostic in diagnostics:
        assert diagnostic.labels
        for label in diagnostic.labels:
            assert 0 <= label.span.start <= label.span.end <= len(text)
    human(diagnostics)
    outline(document)


def test_the_careful_reading_agrees() -> None:
    document, diagnostics = careful(SAMPLE)
    assert (document, diagnostics) == parse(document.source)
    assert not diagnostics and not document.plain


@pytest.mark.parametrize("part", range(4))
def test_cut_off_anywhere(part: int) -> None:
    for end in range(part, len(SAMPLE), 4):
        check(SAMPLE[:end])


def pieces(text: str) -> list[str]:
    """The tokens, each with what stands before it."""
    starts = [token.start for token in tokens(text, Extras())]
    return [text[start:end] for start, end in zip([0, *starts[1:]], [*starts[1:], len(text)], strict=True)]


PIECES = pieces(SAMPLE)
STRANGE = [
    "\n",
    "&&",
    "!",
    ":=",
    "...",
    "5m",
    '"',
    "f'",
    "elif ",
    "for ",
    "def ",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "<",
    "=",
]


@given(st.data())
def test_tokens_deleted_inserted_doubled_and_swapped(data: st.DataObject) -> None:
    changed = list(PIECES)
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(changed) - 1))
        other = data.draw(st.integers(0, len(changed) - 1))
        match data.draw(st.sampled_from(["delete", "insert", "strange", "double", "swap", "cut"])):
            case "delete":
                changed = [*changed[:at], *changed[at + 1 + other % 4 :]] or ["\n"]
            case "insert":
                changed.insert(at, changed[other])
            case "strange":
                changed.insert(at, data.draw(st.sampled_from(STRANGE)))
            case "double":
                changed.insert(at, changed[at])
            case "swap":
                changed[at], changed[other] = changed[other], changed[at]
            case _:
                changed = changed[: at + 1]
    check("".join(changed))


@given(st.lists(st.sampled_from([*PIECES, *STRANGE, "\n"]), max_size=40))
def test_tokens_in_any_order(drawn: list[str]) -> None:
    check(" ".join(drawn))


M = 20_000
HOSTILE = {
    "parentheses": "x = " + "(" * M,
    "calls": "x = " + "f(" * M,
    "lists": "x = " + "[" * M,
    "blocks": "block f(x) -> y {\n" * M,
    "nots": "if " + "not " * M + "x { }",
    "ands": "if x " + "&& x " * M,
    "elses": "else if x { } " * M,
    "missing commas": "x = f(" + "a b " * M,
    "unclosed calls": "x = f(\n" * M,
    "unclosed calls with braces": "x = f(y {" * M,
    "targets": '"a", ' * M,
    "shapes": "expect x: " + "1,2,3," * M,
    "divided text": "a: x/" * M,
    "growing indentation": "".join(" " * min(i, 200) + "if x\n" for i in range(2_000)),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile(text: str) -> None:
    assert 0 < len(careful(text)[1]) <= 101


ANGLES = ["s<expect m", "s<expect", "a<b<expect x", "s<if x", "a<expect m>3", "s<expect (m", "s<x=expect m", "s<[<m"]


@pytest.mark.parametrize("text", ANGLES)
def test_what_compares_or_closes(text: str) -> None:
    check(text)


ROUND = ["s", "<", ">", "expect ", "m ", "(", "[", "{", "}", "if ", "x = ", ": ", "== ", "<= ", "repeat i in ", "\n"]


@given(st.lists(st.sampled_from(ROUND), max_size=16))
def test_brackets_among_comparisons(drawn: list[str]) -> None:
    check("".join(drawn))


@pytest.mark.parametrize("piece", sorted({*PIECES, *STRANGE}))
def test_the_same_again_and_again(piece: str) -> None:
    for text in (piece * 400, f"{piece} " * 400, f"{piece}\n" * 400):
        check(text)
