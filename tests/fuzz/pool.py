"""Things to draw from, so that one more or less changes few of the draws: a new test does not change all inputs."""

from __future__ import annotations

import hashlib
from bisect import bisect
from collections.abc import Callable, Iterable
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")
POINTS = 16  # of each thing; the more, the more alike are the chances


class Pool(Generic[T]):
    """Each thing has some points on a circle, by its name; a point drawn takes the next of them."""

    def __init__(self, things: Iterable[T], name: Callable[[T], str]) -> None:
        found = [(_place(f"{i} {name(thing)}"), thing) for thing in things for i in range(POINTS)]
        found.sort(key=lambda pair: pair[0])
        self._places = [place for place, _ in found]
        self._things = [thing for _, thing in found]

    def draw(self, random: Random) -> T:
        return self._things[bisect(self._places, random.random()) % len(self._things)]


def _place(name: str) -> float:
    return int.from_bytes(hashlib.sha256(name.encode(errors="replace")).digest()[:7]) / (1 << 56)
