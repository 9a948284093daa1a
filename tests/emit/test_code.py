"""Expressions: their text on one line, and what they are made of."""

from __future__ import annotations

import pytest

from netspec.emit.code import (
    Code,
    atoms,
    attribute,
    binary,
    call,
    choice,
    cut_axis,
    dictionary,
    for_all,
    literal,
    method,
    negative,
    prefixed,
    subscript,
)

X, Y, Z = Code("x"), Code("y"), Code("z")
SUM = binary("+", X, Y)

TEXTS = [
    (binary("*", SUM, Z), "(x + y) * z"),
    (binary("+", SUM, Z), "x + y + z"),
    (binary("-", X, SUM), "x - (x + y)"),
    (binary("-", X, -2), "x + 2"),
    (binary("/", binary("*", X, Y), Z), "x * y / z"),
    (binary("**", X, 2), "x**2"),
    (binary("**", X, 1e-05), "x**1e-05"),
    (binary("**", call("f", X), negative(Y)), "f(x) ** -y"),
    (binary("**", binary("**", X, 2), 3), "(x**2) ** 3"),
    (binary(">", binary(">", X, Y), Z), "(x > y) > z"),
    (binary("&", binary(">", X, 0.0), Y), "(x > 0.0) & y"),
    (negative(SUM), "-(x + y)"),
    (negative(binary("**", X, 2)), "-(x**2)"),
    (prefixed("~", binary(">", X, 0)), "~(x > 0)"),
    (method(SUM, "sum", dim=1, keepdim=None), "(x + y).sum(dim=1)"),
    (attribute(negative(X), "T"), "(-x).T"),
    (call("f", prefixed("*", X), Code("None"), out=Code("None")), "f(*x, None, out=None)"),
    (literal((1,)), "(1,)"),
    (literal([-1.0, True, "a'b", (2, X)]), '[-1.0, True, "a\'b", (2, x)]'),
    (literal(float("-inf")), 'float("-inf")'),
    (literal('"'), "'\"'"),
    (dictionary([("loss", X), (Y, 2)]), '{"loss": x, y: 2}'),
    (choice(X, binary("==", Y, Z), SUM), "x if y == z else x + y"),
    (binary("*", choice(X, Y, Z), 2), "(x if y else z) * 2"),
    (subscript(X, ":", Y, "1:2"), "x[:, y, 1:2]"),
    (cut_axis(X, 1, 0, 3), "x[:, :3]"),
    (cut_axis(cut_axis(X, 1, 0, 3), 0, 2, None), "x[2:, :3]"),
    (cut_axis(cut_axis(X, 1, 0, 3), 1, 1, 2), "x[:, :3][:, 1:2]"),
    (cut_axis(subscript(X, "None"), 1, 1, 2), "x[None][:, 1:2]"),
    (for_all(SUM, {"y": range(0, 5, 2), "x": range(3)}), "[x + y for y in range(0, 5, 2) for x in range(3)]"),
    (for_all(X, {"x": range(1, 3)}), "[x for x in range(1, 3)]"),
    (cut_axis(X, 0, SUM, None), "x[x + y :]"),
]


@pytest.mark.parametrize(("code", "text"), TEXTS, ids=[text for _, text in TEXTS])
def test_texts(code: Code, text: str) -> None:
    assert code.text == text
    compile(text, "code", "eval")


def test_a_sum_of_many_is_one_operation() -> None:
    code = X
    for _ in range(5_000):
        code = binary("+", code, Y)
    assert code.text.count(" + y") == 5_000
    assert len(list(atoms(code))) == 5_001


def test_atoms() -> None:
    code = call("F.relu", binary("+", method(Code("self.weight"), "sum", 1), Code("foreign(text)")), name="F")
    assert set(atoms(code)) == {"F.relu", "self.weight", "1", "foreign(text)", '"F"'}
