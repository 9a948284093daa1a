"""What literals mean, field kind by field kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netspec.syntax.document import Kind, Scalar
from netspec.syntax.scalars import BadScalar, boolean, int32, int64, real, string, uint32


def scalar(text: str) -> Scalar:
    first = text.lstrip("- ")[0]
    kind = Kind.STRING if first in "\"'" else Kind.NUMBER if first in "0123456789." else Kind.NAME
    return Scalar(kind, text, 0)


def _name(value: Any) -> str:
    return getattr(value, "__name__", str(value))[:24]


MEANS = [
    (int32, "0", 0), (int32, "64", 64), (int32, "-1", -1), (int32, "- 1", -1), (int32, "0x1F", 31),
    (int32, "-0X10", -16), (int32, "010", 8), (int32, "00", 0), (int32, "2147483647", 2**31 - 1),
    (int32, "-2147483648", -(2**31)), (uint32, "0", 0), (uint32, "4294967295", 2**32 - 1),
    (int64, "-9223372036854775808", -(2**63)), (real, "1", 1.0),
    (real, "-1", -1.0), (real, "- 1.5", -1.5), (real, "1.5f", 1.5), (real, "1F", 1.0), (real, ".5", 0.5),
    (real, "5.", 5.0), (real, "1e-4", 1e-4), (real, "0.0001", 1e-4), (real, "0e1", 0.0), (real, "inf", math.inf),
    (real, "-inf", -math.inf), (real, "Infinity", math.inf), (real, "1e999", math.inf), (real, "-.5e1f", -5.0),
    (boolean, "true", True), (boolean, "True", True), (boolean, "t", True), (boolean, "1", True),
    (boolean, "0x1", True), (boolean, "false", False), (boolean, "False", False), (boolean, "f", False),
    (boolean, "0", False), (string, '"conv1"', "conv1"), (string, "''", ""), (string, "'it\"s'", 'it"s'),
    (string, '"é漢"', "é漢"), (string, "\"a\" 'b'\n# \"c\"\n\"d\"", "abd"), (string, '"a" \'b\' "c"', "abc"),
    (string, r'"\n\t\\\"\?"', '\n\t\\"?'), (string, r'"\101\x42\X43"', "ABC"), (string, r'"\1011"', "A1"),
    (string, r'"\xe9\x80\x80"', "\u9000"), (string, r'"\u00e9"', "é"), (string, r'"\U0001F600"', "😀"),
    (string, r'"\ud83d\ude00"', "😀"), (string, r'"\1" "01"', "\x0101"), (string, r'"\x4" "2"', "\x042"),
    (string, r'"\xe9" "\x80\x80"', "\u9000"), (real, "-0", -0.0), (real, "-0.5", -0.5), (real, "-0e1", -0.0),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "value"), MEANS, ids=_name)
def test_means(kind: Callable[[Scalar], Any], text: str, value: object) -> None:
    result = kind(scalar(text))
    assert (result, type(result)) == (value, type(value))


REFUSES = [
    (int32, "1.0", 'expected an integer, found "1.0"'),
    (int32, "1f", 'expected an integer, found "1f"'),
    (int32, "MAX", 'expected an integer, found "MAX"'),
    (int32, '"1"', 'expected an integer, found the string "1"'),
    (int32, "2147483648", 'expected an integer from -2147483648 to 2147483647, found "2147483648"'),
    (int32, "9" * 5000, f'expected an integer from -2147483648 to 2147483647, found "{"9" * 59}…"'),
    (int32, "08", '"08" begins with 0 and is therefore octal, but has other digits'),
    (uint32, "-1", 'expected an integer that is not negative, found "-1"'),
    (real, "x", 'expected a number, found "x"'),
    (real, "-x", 'expected a number, found "-x"'),
    (real, "'1'", "expected a number, found the string '1'"),
    (real, "010", 'expected a decimal number without leading zeros, found "010"'),
    (real, "0x10", 'expected a decimal number without leading zeros, found "0x10"'),
    (real, "-010", 'expected a decimal number without leading zeros, found "-010"'),
    (real, "- 00", 'expected a decimal number without leading zeros, found "- 00"'),
    (real, "-0x10", 'expected a decimal number without leading zeros, found "-0x10"'),
    (string, r'"\ud83d" "\ude00"', r'the escapes in the string "\ud83d" "\ude00" do not make UTF-8 text'),
    (boolean, "2", 'expected true or false, found "2"'),
    (boolean, "-1", 'expected true or false, found "-1"'),
    (boolean, "TRUE", 'expected true or false, found "TRUE"'),
    (boolean, '"true"', 'expected true or false, found the string "true"'),
    (string, "conv1", 'expected a string, found "conv1": write "conv1" in quotes'),
    (string, "1", 'expected a string, found "1"'),
    (string, r'"\q"', r'"\q" is no escape sequence: a backslash is written "\\"'),
    (string, r'"C:\data"', r'"\d" is no escape sequence: a backslash is written "\\"'),
    (string, r'"\xff"', r'the escapes in the string "\xff" do not make UTF-8 text'),
    (string, r'"\ud800"', r'the escapes in the string "\ud800" do not make UTF-8 text'),
]


@pytest.mark.parametrize(("kind", "text", "reason"), REFUSES, ids=_name)
def test_refuses(kind: Callable[[Scalar], Any], text: str, reason: str) -> None:
    with pytest.raises(BadScalar) as caught:
        kind(scalar(text))
    assert caught.value.reason == reason


def test_not_a_number() -> None:
    assert math.isnan(real(scalar("NaN")))


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["{}", "{:#x}"]))
def test_integers_read_back(value: int, form: str) -> None:
    assert int64(scalar(form.format(value))) == value


@given(st.floats(allow_nan=False))
def test_floats_read_back(value: float) -> None:
    assert real(scalar(repr(value))) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_strings_read_back(value: str) -> None:
    escaped = value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
    assert string(scalar(f'"{escaped}"')) == value


@given(st.text("\\\"'xuU0123456789abcdefD8# \n", max_size=12))
def test_never_fails_otherwise(inner: str) -> None:
    for quote in "\"'":
        with suppress(BadScalar):
            string(Scalar(Kind.STRING, f"{quote}{inner}{quote}", 0))
