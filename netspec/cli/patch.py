"""The difference of two texts as `patch` reads it."""

from __future__ import annotations

from collections.abc import Iterator

MOST = 1_000_000  # lines that difflib compares: its lists and its index take 150 bytes for each, however short it is


def unified(before: str, after: str, name: str, most: int = MOST) -> Iterator[str]:
    """In pieces of whole lines that begin alike; nothing for equal texts. Texts of more than `most` lines differ in one
    piece, from the first line that does to the last."""
    if max(before.count("\n"), after.count("\n")) > most:
        return _whole(before, after, name)
    return _compared(before, after, name)


def _compared(before: str, after: str, name: str) -> Iterator[str]:
    from difflib import unified_diff

    for line in unified_diff(_lines(before), _lines(after), name, name):
        yield _ended(line)


def _lines(text: str) -> list[str]:
    """With their ends. Only a newline ends a line."""
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _whole(before: str, after: str, name: str) -> Iterator[str]:
    start = before.rfind("\n", 0, _alike(before, after)) + 1
    old, new = before[start:], after[start:]
    same = _alike(old[::-1], new[::-1])
    ends = {old[: len(old) - same][-1:], new[: len(new) - same][-1:]}
    if same and not ends <= {"", "\n"}:  # in the middle of a line
        same = len(old) - (old.find("\n", len(old) - same) + 1 or len(old))
    old, new = old[: len(old) - same], new[: len(new) - same]
    if old or new:
        first = before.count("\n", 0, start) + 1
        yield f"--- {name}\n"
        yield f"+++ {name}\n"
        yield f"@@ -{_range(first, old)} +{_range(first, new)} @@\n"
        yield from (_ended(mark + _marked(text, mark)) for mark, text in (("-", old), ("+", new)) if text)


def _alike(a: str, b: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if a[low:middle] == b[low:middle] else (low, middle - 1)
    return low


def _range(first: int, text: str) -> str:
    """Where lines stand: the first, and how many. Of none, the line before."""
    count = text.count("\n") + (text[-1:] not in ("", "\n"))
    return f"{first if count else first - 1},{count}"


def _marked(text: str, mark: str) -> str:
    end = len(text) - text.endswith("\n")
    return text[:end].replace("\n", f"\n{mark}") + text[end:]


def _ended(lines: str) -> str:
    return lines if lines.endswith("\n") else f"{lines}\n\\ No newline at end of file\n"
