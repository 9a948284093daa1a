"""Diagnostics to be shown, of every form that they have."""

from __future__ import annotations

from netspec.diagnostics import Label, Severity
from netspec.diagnostics.source import Source, Span
from netspec.problems.syntax import UnexpectedToken


class Remark(UnexpectedToken):
    code = "NS199"
    title = "remark"
    severity = Severity.WARNING


def at(text: str, piece: str, note: str = "", name: str = "a.net") -> Label:
    """A label on the first occurrence of a piece of a text."""
    start = text.index(piece)
    return Label(Source(name, text), Span(start, start + len(piece)), note)


NET = 'name: "n"\n' + "\n" * 8 + "layer {\n\tpad: 1\n}\n"
LONG = "a: 1 " * 60 + "HERE: 2 " + "b: 3 " * 60
RENDERS = {
    "plain": UnexpectedToken("it is wrong", (at(NET, "pad", "this"),), "write it right"),
    "no-label": UnexpectedToken("it is wrong", (), "write it right"),
    "bare": UnexpectedToken("it is wrong"),
    "warning": Remark("it is odd", (at(NET, "1"),)),
    "labels-elsewhere": UnexpectedToken(
        "they differ", (at(NET, "pad", "here"), at(NET, "name", "there"), at("x: 1\n", "x", "and there", "b.net"))
    ),
    "labels-on-one-line": UnexpectedToken("they differ", (at(NET, "pad", "one"), at(NET, "1", "two"))),
    "over-lines": UnexpectedToken("too long", (at(NET, "layer {\n\tpad: 1\n}", "all of this"),)),
    "help-of-lines": UnexpectedToken("wrong", (at(NET, "pad"),), "write\n  pad: 1\n" + "and explain it at length " * 8),
    "empty-file": UnexpectedToken("nothing here", (Label(Source("e.net", ""), Span(0, 0), "empty"),)),
    "end-of-file": UnexpectedToken("cut off", (Label(Source("e.net", "a {\n"), Span(4, 4), "here"),)),
    "end-of-last-line": UnexpectedToken("cut off", (Label(Source("e.net", "a {"), Span(3, 3)),)),
    "beyond": UnexpectedToken("odd span", (Label(Source("e.net", "a {"), Span(50, 90)),)),
    "long-line": UnexpectedToken("far right", (at(LONG, "HERE", "look"),)),
    "long-line-left": UnexpectedToken("far left", (at(LONG, "a: 1"),)),
    "long-span": UnexpectedToken("all of it", (at(LONG, LONG, "wide"),)),
    "tabs": UnexpectedToken("tabs", (at("\ta:\t1\tb: 2", "b", "here"),)),
    "wide": UnexpectedToken("wide", (at("a: '漢字' b: 1", "b", "here"), at("a: 'e\u0301' b: 1", "b", "here", "b.net"))),
    "carriage-return": UnexpectedToken("crlf", (Label(Source("c.net", "a\r\nb\r\n"), Span(1, 2), "here"),)),
    "hostile": UnexpectedToken(
        "message \x1b[2J\n\u202e",
        (at("a\x1b]0;x\x07\u202e\x9b: 1", "1", "note\x1b[1m\n!", "na\nme\x1b"),),
        "help \x1b[0m",
    ),
}
