"""Diagnostics as text for people. `netspec.diagnostics.interchange` has the forms for programs.

A spec is text from anywhere. What is shown of it can neither move the cursor, nor recolour the terminal, nor reorder a
line.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from netspec.diagnostics.diagnostic import Diagnostic, Label, Severity
from netspec.diagnostics.source import Position, Source

WIDTH = 100  # columns of a source line shown; a longer one is cut around its mark
TAB = 4
MOST = 100  # errors printed at a time

_BOLD, _RED, _YELLOW, _BLUE, _RESET = "\033[1m", "\033[1;31m", "\033[1;33m", "\033[1;34m", "\033[0m"
_HUES = {Severity.ERROR: _RED, Severity.WARNING: _YELLOW, Severity.NOTE: _BLUE}


def human(diagnostics: Iterable[Diagnostic], color: bool = False) -> str:
    """Each diagnostic with its source lines, as a compiler prints them; a blank line between two.

    The first `MOST` errors are printed, and as many warnings and notes. How many more there are is said below.
    """
    shown: list[Diagnostic] = []
    counts = Counter[bool]()
    more = Counter[Severity]()
    for diagnostic in diagnostics:
        kind = diagnostic.severity is Severity.ERROR
        counts[kind] += 1
        if counts[kind] <= MOST:
            shown.append(diagnostic)
        else:
            more[diagnostic.severity] += 1
    texts = [_Paper(color).diagnostic(diagnostic) for diagnostic in shown]
    if more:
        said = [_count(more[severity], severity.value, "more ") for severity in Severity if more[severity]]
        texts.append(f"… and {', '.join(said)}\n")
    return "\n".join(texts)


def summary(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """One line: how many files were checked, and what was found in all of them. Notes are no problems."""
    counts = Counter(diagnostic.severity for diagnostic in diagnostics)
    found = [_count(counts[Severity.ERROR], "error"), _count(counts[Severity.WARNING], "warning")]
    said = " and ".join(text for text in found if not text.startswith("0 ")) or "no problems"
    return f"{said} in {_count(files, 'file')}"


def harmless(text: str) -> str:
    """The text with what controls a terminal made visible: `␛` for an escape, `<U+202E>` for a change of direction."""
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


class _Paper:
    """How one diagnostic is set: its colours, and once known the width of its line numbers."""

    def __init__(self, color: bool) -> None:
        self.color = color

    def diagnostic(self, diagnostic: Diagnostic) -> str:
        starts = [extent(label)[0] for label in diagnostic.labels]
        self.gutter = max((len(str(start.line)) for start in starts), default=1)
        hue = _HUES[diagnostic.severity]
        head = self.paint(f"{diagnostic.severity.value}[{diagnostic.code}]", hue)
        lines = [head + self.paint(f": {harmless(diagnostic.message)}", _BOLD)]
        before: Label | None = None
        for label in diagnostic.labels:
            lines += self.label(label, before, hue if before is None else _BLUE)
            before = label
        if diagnostic.help:
            lines += [self.rule(), *self.help(diagnostic.help)] if before else self.help(diagnostic.help)
        return "".join(f"{line.rstrip()}\n" for line in lines)

    def label(self, label: Label, before: Label | None, hue: str) -> list[str]:
        """The label's line, under a heading where the file is not that of the label before, and its mark."""
        start, end = extent(label)
        lines: list[str] = []
        if before is None or before.source.name != label.source.name:
            arrow = self.paint("-->" if before is None else ":::", _BLUE)
            lines.append(f"{' ' * self.gutter} {arrow} {harmless(label.source.name)}:{start.line}:{start.column}")
        shown, mark = _excerpt(label.source, start, end, "^" if before is None else "-")
        if lines or before is None or extent(before)[0].line != start.line:
            number = self.paint(f"{start.line:>{self.gutter}} |", _BLUE)
            lines += [self.rule(), f"{number} {shown}"]
        text = " ".join(harmless(line) for line in label.text.splitlines())
        blanks = len(mark) - len(mark.lstrip())
        lines.append(f"{self.rule()} {mark[:blanks]}{self.paint(f'{mark[blanks:]} {text}'.rstrip(), hue)}")
        return lines

    def help(self, text: str) -> list[str]:
        lead = f"{' ' * self.gutter} {self.paint('=', _BLUE)} {self.paint('help:', _BOLD)} "
        follow = " " * (self.gutter + 9)
        wrapped: list[str] = []
        for line in text.splitlines():
            pieces = textwrap.wrap(harmless(line), WIDTH, break_long_words=False, break_on_hyphens=False)
            indent = line[: len(line) - len(line.lstrip(" "))]
            wrapped += pieces[:1] + [indent + piece for piece in pieces[1:]] if pieces else [""]
        return [f"{follow if i else lead}{line}" for i, line in enumerate(wrapped)]

    def rule(self) -> str:
        return f"{' ' * self.gutter} {self.paint('|', _BLUE)}"

    def paint(self, text: str, hue: str) -> str:
        return f"{hue}{text}{_RESET}" if self.color else text


def extent(label: Label) -> tuple[Position, Position]:
    """The first and the last place of a label, within the text whatever the span says."""
    size = len(label.source.text)
    start = min(max(label.span.start, 0), size)
    return label.source.position(start), label.source.position(min(max(label.span.end, start), size))


def _excerpt(source: Source, start: Position, end: Position, sign: str) -> tuple[str, str]:
    """A line as shown, and the mark under the span's part of it. A mark that goes on in further lines ends in `…`."""
    line = source.line(start.line)
    first = min(start.column - 1, len(line))
    last = min(end.column - 1, len(line)) if end.line == start.line else len(line)
    near = max(0, first - WIDTH)  # so that a line of megabytes costs what a short one does
    cells = _cells(line[near : first + WIDTH])
    first, last = first - near, min(last - near, len(cells))
    widths = [_width(cell) for cell in cells]
    begin = 0
    if near or (sum(widths) > WIDTH and sum(widths[:first]) > WIDTH * 2 // 3):
        begin, room = first, WIDTH // 3
        while begin and (room := room - widths[begin - 1]) >= 0:
            begin -= 1
    stop, room = begin, WIDTH
    while stop < len(cells) and (room := room - widths[stop]) >= 0:
        stop += 1
    cut_before = "…" if near or begin else ""
    cut_after = "…" if stop < len(cells) or near + len(cells) < len(line) else ""
    shown = f"{cut_before}{''.join(cells[begin:stop])}{cut_after}"
    blanks = " " * (len(cut_before) + sum(widths[begin:first]))
    mark = sign * max(1, sum(widths[first : min(last, stop)]))
    return shown, f"{blanks}{mark}{'…' if end.line > start.line else ''}"


def _cells(line: str) -> list[str]:
    """Each character of a line as it is shown; a tab becomes the blanks up to the next stop."""
    cells: list[str] = []
    column = 0
    for character in line:
        cell = " " * (TAB - column % TAB) if character == "\t" else _visible(character)
        column += _width(cell)
        cells.append(cell)
    return cells


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)  # control pictures
    return "␡" if code == 0x7F else f"<U+{code:04X}>"


def _width(text: str) -> int:
    """The columns that text takes on a terminal: two for a wide character, none for one that combines."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.category(c) in {"Mn", "Me"} else 2 if unicodedata.east_asian_width(c) in {"W", "F"} else 1
        for c in text
    )


def _count(number: int, noun: str, lead: str = "") -> str:
    return f"{number} {lead}{noun}{'' if number == 1 else 's'}"
