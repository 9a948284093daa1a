"""Breaks long statements as Python formatters do: at the brackets, the last group first."""

from __future__ import annotations

WIDTH = 100
_OPEN, _CLOSE = "([{", ")]}"


def _groups(text: str) -> list[tuple[int, int]]:
    """The outermost bracket pairs (offsets of both ends), outside strings."""
    groups: list[tuple[int, int]] = []
    depth, start, quote, i = 0, 0, "", 0
    while i < len(text):
        c = text[i]
        if quote:
            if c == "\\":
                i += 1
            elif c == quote:
                quote = ""
        elif c in "\"'":
            quote = c
        elif c in _OPEN:
            if depth == 0:
                start = i
            depth += 1
        elif c in _CLOSE:
            depth -= 1
            if depth == 0:
                groups.append((start, i))
        i += 1
    return groups


def _commas(text: str) -> list[str]:
    """The parts between the outermost commas."""
    cuts = [0]
    covered = iter([*_groups(text), (len(text), len(text))])
    low, high = next(covered)
    quote = ""
    for i, c in enumerate(text):
        if i > high:
            low, high = next(covered)
        if low <= i <= high:
            continue
        if quote:
            quote = "" if c == quote else quote
        elif c in "\"'":
            quote = c
        elif c == ",":
            cuts.append(i + 1)
    return [part for a, b in zip(cuts, [*cuts[1:], len(text) + 1], strict=True) if (part := text[a : b - 1].strip())]


def wrap(statement: str, indent: int, comment: str = "") -> list[str]:
    """The lines of a statement at an indent. A comment trails it, or stands before it when it would not fit."""
    pad = " " * indent
    tail = f"  # {comment}" if comment else ""
    if len(pad + statement + tail) <= WIDTH:
        return [pad + statement + tail]
    groups = [g for g in _groups(statement) if g[1] - g[0] > 1]
    if comment and (len(pad + statement) <= WIDTH or groups):
        return [f"{pad}# {comment}", *wrap(statement, indent)]
    if not groups:
        return [pad + statement]
    start, end = groups[-1]
    head, inner, rest = statement[: start + 1], statement[start + 1 : end].strip(), statement[end:]
    if len(pad) + 4 + len(inner) <= WIDTH and not inner.endswith(","):
        body = [f"{pad}    {inner}"]
    else:
        body = [line for part in _commas(inner) for line in _with_comma(wrap(part, indent + 4))]
    return [pad + head, *body, pad + rest]


def _with_comma(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1] + ","]
