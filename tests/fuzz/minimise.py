"""A smaller case that goes wrong in the same way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import process_time
from typing import TypeVar

from tests.fuzz.case import ARGUMENTS, SPECS, Case, command
from tests.fuzz.examine import examine
from tests.fuzz.tokens import TOKEN

T = TypeVar("T")
TRIES = 1000
SECONDS = 20.0  # of CPU, for all tries together


def minimised(case: Case, mark: str) -> Case:
    """The smallest that is found with a few tries."""
    budget = _Budget()

    def fails(data: bytes) -> bool:
        return budget.left() and any(found.mark == mark for found in examine(Case(case.suffix, data)))

    data = case.data
    if case.suffix in SPECS:
        lines = _smaller(data.splitlines(keepends=True), lambda parts: fails(b"".join(parts)))
        data = b"".join(lines)
        try:
            tokens: list[str] = TOKEN.findall(data.decode())
        except UnicodeDecodeError:
            pass
        else:
            data = "".join(_smaller(tokens, lambda parts: fails("".join(parts).encode()))).encode()
    elif case.suffix == ARGUMENTS:
        return command(_smaller(case.arguments, lambda parts: fails(command(parts).data)))
    single = [data[i : i + 1] for i in range(len(data))]
    return Case(case.suffix, b"".join(_smaller(single, lambda parts: fails(b"".join(parts)))))


class _Budget:
    def __init__(self) -> None:
        self._tries, self._until = TRIES, process_time() + SECONDS

    def left(self) -> bool:
        self._tries -= 1
        return self._tries >= 0 and process_time() < self._until


def _smaller(parts: Sequence[T], fails: Callable[[Sequence[T]], bool]) -> Sequence[T]:
    """The parts without those that can go: first in large pieces, then in smaller ones (delta debugging)."""
    size = max(1, len(parts) // 2)
    while True:
        at, before = 0, len(parts)
        while at < len(parts):
            rest = [*parts[:at], *parts[at + size :]]
            if fails(rest):
                parts = rest
            else:
                at += size
        if size == 1 and len(parts) == before:
            return parts
        size = max(1, size // 2)
