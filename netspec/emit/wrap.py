"""Breaks long statements as Python formatters do: at operators, else at brackets, the last group that helps first."""

from __future__ import annotations

from itertools import pairwise

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
    """The lines of a statement at an indent. A comment trails the last of them."""
    pad = " " * indent
    tail = f"  # {comment}" if comment else ""
    if len(pad + statement + tail) <= WIDTH:
        return [pad + statement + tail]
    groups = [g for g in _groups(statement) if g[1] - g[0] > 1]
    if comment:
        *lines, last = wrap(statement, indent) if groups else [pad + statement]
        return [*lines, last + tail] if lines else [f"{pad}# {comment}", last]
    target, equals, value = statement.partition(" = ")
    if equals and target.isidentifier() and len(terms := _terms(value)) > 1:
        fits = len(pad) + 4 + len(value) <= WIDTH
        body = [line for part in ([value] if fits else terms) for line in wrap(part, indent + 4)]
        return [f"{pad}{target} = (", *body, f"{pad})"]
    if not groups:
        return [pad + statement]
    start, end = next((g for g in reversed(groups) if len(pad) + g[0] < WIDTH), groups[0])
    head, inner, rest = statement[: start + 1], statement[start + 1 : end].strip(), statement[end:]
    if len(pad) + 4 + len(inner) <= WIDTH and not inner.endswith(","):
        body = [f"{pad}    {inner}"]
    elif loop := _comprehension(inner):
        body = [line for part in (inner[:loop], inner[loop + 1 :]) for line in wrap(part, indent + 4)]
    else:
        parts = _commas(inner)
        lines = [wrap(part, indent + 4) for part in parts]
        # Behind a lone expression in parentheses or a subscript a comma would make a tuple.
        element = len(parts) > 1 or (_called(statement, start) if head[-1] == "(" else not _called(statement, start))
        body = [line for part in lines for line in (_with_comma(part) if element else part)]
    return [pad + head, *body, pad + rest]


def _called(statement: str, start: int) -> bool:
    """Whether a bracket belongs to what stands before it, as in a call or a subscript."""
    return start > 0 and (statement[start - 1].isalnum() or statement[start - 1] in "_)]")


def _comprehension(text: str) -> int | None:
    """Where the `for` of a comprehension begins, less the space before it."""
    groups = _groups(text)
    at = text.find(" for ")
    while at >= 0 and any(low < at < high for low, high in groups):
        at = text.find(" for ", at + 1)
    quoted = at >= 0 and text[:at].count('"') % 2
    return None if at < 0 or quoted else at


def _terms(value: str) -> list[str]:
    """The operands of the outermost and loosest operators, each but the first with its operator before it."""
    groups = _groups(value)
    if '"' in "".join(value[a[1] : b[0]] for a, b in pairwise([(0, 0), *groups, (len(value), 0)])):
        return [value]
    for operators in (" & ",), (" + ", " - "), (" * ", " / ", " @ "):
        cuts = [
            at
            for operator in operators
            for at in range(len(value))
            if value.startswith(operator, at) and not any(low < at < high for low, high in groups)
        ]
        if cuts:
            cuts.sort()
            return [value[a:b].strip() for a, b in zip([0, *cuts], [*cuts, len(value)], strict=True)]
    return [value]


def _with_comma(lines: list[str]) -> list[str]:
    return [*lines[:-1], lines[-1] + ","]
