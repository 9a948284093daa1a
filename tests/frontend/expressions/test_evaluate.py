"""Expressions: what each comes to."""

from __future__ import annotations

import pytest

from tests.frontend.language.lines import DATA, lines

# A constant and what it comes to, as a field shows it.
VALUES: dict[str, str] = {
    "1 + 2 * 3": "7",
    "(1 + 2) * 3": "9",
    "7 / 2": "3",
    "-7 / 2": "-4",
    "7 % 4": "3",
    "-1 % 4": "3",
    "7.0 / 2": "3.5",
    "1 - 2 - 3": "-4",
    "-(1 + 2)": "-3",
    "2 * 0.5": "1.0",
    "1e3": "1000.0",
    "0x10 + 1": "17",
    "3k + 2": "3002",
    "1.5M": "1500000",
    "2GB": "2000000000",
    "1.005k": "1005",
    "0.0005k": "0.5",
    "9223372036854775807": "9223372036854775807",
    "1e308 * 10": "inf",
    "-1e308 * 10": "-inf",
    '"a" + "b"': '"ab"',
    '"a" "b" + "c"': '"abc"',
    "[1, 2] + [3]": "[1, 2, 3]",
    "[] + []": "[]",
    "min(3, 1, 2)": "1",
    "max([3, 1, 2])": "3",
    "max(1, 2.5)": "2.5",
    "abs(-3)": "3",
    "len([1, 2, 3])": "3",
    'len("abc")': "3",
    "(1 == 1)": "true",
    "(1 == 1.0)": "true",
    "(1 != 2)": "true",
    '("a" == "a")': "true",
    '("MAX" == MAX)': "true",
    "([1, 2] == [1, 2])": "true",
    "([1] == [1, 2])": "false",
    "(true == 1)": "false",
    '("1" == 1)': "false",
    "(1 < 2 and 2 <= 2)": "true",
    "(1 > 2 or not 2 >= 3)": "true",
    "(not true or true)": "true",
    "(false and nowhere)": "false",
    "(true or 1)": "true",
    "(inf > 1)": "true",
    'f"a{1 + 1}b{{c}}"': '"a2b{c}"',
    "f'{1.5}{true}{\"s\"}'": '"1.5trues"',
    'f"{min(1, 2)}{len([1])}"': '"11"',
    'f""': '""',
    'f"{(1 < 2)}"': '"true"',
}


@pytest.mark.parametrize("expression", VALUES)
def test_value(expression: str) -> None:
    text = f"let a = {expression}\ny = Foo(data) {{ a: a }}"
    assert lines(DATA + text) == [f"y: Foo(data) -> y a: {VALUES[expression]}"]
