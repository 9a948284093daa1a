"""Expressions made into others."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from netspec.emit.code import Code, attribute, binary, call, choice, literal, negative, subscript
from netspec.emit.exchange import Opaque, is_literal, rebuilt, renamed, skeleton, unified

X, Y = Code("x"), Code("y")
CONV = call("Conv", 3, 4, stride=2)


@pytest.mark.parametrize(
    ("code", "part", "wanted"),
    [
        (binary("*", X, 2), binary("+", Y, 1), "(y + 1) * 2"),
        (binary("+", X, 2), binary("+", Y, 1), "y + 1 + 2"),
        (binary("-", 2, X), binary("+", Y, 1), "2 - (y + 1)"),
        (binary("**", X, 2), negative(Y), "(-y) ** 2"),
        (call("f", X), binary("+", Y, 1), "f(y + 1)"),
        (attribute(X, "shape"), binary("+", Y, 1), "(y + 1).shape"),
        (subscript(X, "0"), choice(Y, X, 1), "(y if x else 1)[0]"),
        (choice(X, Y, 1), choice(Y, Y, 1), "(y if y else 1) if y else 1"),
    ],
)
def test_what_is_exchanged_keeps_its_meaning(code: Code, part: Code, wanted: str) -> None:
    from netspec.emit.code import inner

    assert rebuilt(code, [part if p is X else p for p in inner(code)]).text == wanted


def test_names_are_exchanged_where_they_are_names() -> None:
    code = call("self.conv1", attribute(X, "x"), literal("x"), X, x=X)
    assert renamed(code, {"conv1": "conv"}, {"x": "y"}).text == 'self.conv(y.x, "x", y, x=y)'
    assert renamed(Code("self.conv1.weight"), {"conv1": "conv"}, {}).text == "self.conv.weight"
    with pytest.raises(Opaque):
        renamed(Code("x + 1"), {}, {"x": "y"})


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("3", True), ("-3", True), ("1e-05", True), ('"SAME"', True), ("None", True), ("x", False), ("1:3", False)],
)
def test_literals_are_told_from_names(text: str, is_one: bool) -> None:
    assert is_literal(Code(text)) is is_one


def test_a_skeleton_forgets_literals_and_defaults() -> None:
    known = {"Conv": {"stride": literal(1), "bias": literal(True)}}
    assert skeleton(CONV, known) == skeleton(call("Conv", 5, 6, bias=False), known)
    assert skeleton(CONV, {}) != skeleton(call("Conv", 5, 6), {})
    assert skeleton(call("f", [[0, 0], [1, 1]]), {}) == skeleton(call("f", "SAME"), {})
    assert skeleton(call("f", X), {}) != skeleton(call("f", Y), {})


def test_what_differs_becomes_what_is_made_of_it() -> None:
    asked: list[tuple[list[str | None], str]] = []

    def resolve(values: Sequence[Code | None], hint: str) -> Code:
        asked.append(([value and value.text for value in values], hint))
        return Code(hint or "value")

    known = {"Conv": {"stride": literal(1)}}
    codes = [CONV, call("Conv", 3, 8), None, call("Conv", 3, 8, stride=4)]
    made = unified(codes, resolve, known, {"Conv": ("inputs", "channels")})
    assert made.text == "Conv(3, channels, stride=stride)"
    assert asked == [(["4", "8", None, "8"], "channels"), (["2", "1", None, "4"], "stride")]


def test_lists_of_one_length_differ_by_their_items() -> None:
    def resolve(values: Sequence[Code | None], hint: str) -> Code:
        return Code("n" if all(value is None or value.text.isdecimal() for value in values) else "whole")

    alike = [call("f", [[0, 0], [1, 1]]), call("f", [[0, 0], [2, 2]])]
    assert unified(alike, resolve, {}, {}).text == "f([[0, 0], [n, n]])"
    assert unified([alike[0], call("f", "SAME")], resolve, {}, {}).text == "f(whole)"
