"""Rows of cells as text: aligned for reading, CSV. And how numbers differ."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from netspec.diagnostics.fitting import shortened
from netspec.shapes import UNKNOWN, Dim
from netspec.shapes.units import count

Row: TypeAlias = Sequence[str]

GAP = "  "
NOTHING = "–"  # a dash is quieter than a 0
MANY = 10  # from so many times on, a growth is not told in percent
SHORTEST = 12  # a column is not cut below this many characters


def signed(old: Dim, new: Dim, told: Callable[[Dim], str] = count) -> str:
    """`+1.20 k`, `−520`; a dash where nothing differs, `?` where it is not known by how much."""
    if not (isinstance(old, int) and isinstance(new, int)):
        return NOTHING if _told_alike(old, new) else UNKNOWN.name
    return NOTHING if old == new else f"{'+' if new > old else '−'}{told(abs(new - old))}"


def _told_alike(old: Dim, new: Dim) -> bool:
    """Whether two sizes, not both numbers, are known to be the same. Of expressions the text need not be made."""
    if isinstance(old, int) or isinstance(new, int) or old.symbolic or new.symbolic:
        return old == new
    return old.varies and new.varies


def change(old: Dim, new: Dim, told: Callable[[Dim], str] = count) -> str:
    """`25.6 M → 26.1 M  (+512 k, +2.0 %)`, or the one number that both are."""
    difference = signed(old, new, told)
    if str(old) == str(new):
        return told(new)
    said = f"{told(old)} → {told(new)}"
    if not (isinstance(old, int) and isinstance(new, int)):
        return said
    return f"{said}  ({', '.join(filter(None, (difference, _part(old, new))))})"


def _part(old: int, new: int) -> str:
    """By which part of the old number the new one is greater, or how many times where that is easier read."""
    if not old:
        return ""
    if new >= MANY * old:
        return f"×{new / old:.0f}"
    percent = 100 * abs(new - old) / old
    return f"{'+' if new > old else '−'}{f'{percent:.1f}' if percent >= 0.05 else f'{percent:.1g}'} %"


def plural(n: int, noun: str) -> str:
    return f"{n} {noun}{'' if n == 1 else 's'}"


def aligned(head: Row, rows: Sequence[Row], right: Sequence[bool], width: int | None = None, cut: int = 0) -> list[str]:
    """One line a row, the head first. Where the lines would be wider than `width`, column `cut` is shortened."""
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(len(head))]
    surplus = sum(widths) + len(GAP) * (len(widths) - 1) - width if width else 0
    if surplus > 0:
        widths[cut] = max(min(SHORTEST, widths[cut]), widths[cut] - surplus)
    return [_line(row, widths, right) for row in (head, *rows)]


def _line(row: Row, widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = (
        shortened(cell, width).rjust(width) if to_right else shortened(cell, width).ljust(width)
        for cell, width, to_right in zip(row, widths, right, strict=True)
    )
    return GAP.join(cells).rstrip()


def csv(head: Row, rows: Sequence[Row]) -> list[str]:
    """RFC 4180, without the carriage returns. A cell that a spreadsheet would run as a formula is made text."""
    return [",".join(_quoted(cell) for cell in row) for row in (head, *rows)]


def _quoted(cell: str) -> str:
    if cell[:1] in ("=", "+", "-", "@"):
        cell = "'" + cell
    return '"' + cell.replace('"', '""') + '"' if any(c in cell for c in ',"\n\r') else cell
