"""What two sequences have in common, in time that stays linear.

`difflib` takes quadratic time where an element comes often, as ReLU does in a net, or leaves such elements out. The
greedy method of Myers (An O(ND) Difference Algorithm, 1986) takes linear time where little differs, and here stops
where much does.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

MOST = 500  # differences between two sequences after which no more is looked for: what is left has little in common


def common(a: Sequence[int], b: Sequence[int]) -> list[tuple[int, int]]:
    """Pairs of indices of equal elements, both in rising order: all that can be, unless MOST elements differ."""
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    end = 0
    while end < min(len(a), len(b)) - start and a[-1 - end] == b[-1 - end]:
        end += 1
    middle = _greedy(a[start : len(a) - end], b[start : len(b) - end])
    return [
        *((i, i) for i in range(start)),
        *((i + start, j + start) for i, j in middle),
        *((len(a) - k, len(b) - k) for k in range(end, 0, -1)),
    ]


def _greedy(a: Sequence[int], b: Sequence[int]) -> list[tuple[int, int]]:
    """`reach[k]` is how far into `a` a path gets on diagonal k = i - j after so many steps off the diagonals."""
    if not a or not b:
        return []
    reach, history, steps = {1: 0}, list[dict[int, int]](), 0
    for steps in range(min(MOST, len(a) + len(b)) + 1):
        history.append(dict(reach))
        for k in range(-steps, steps + 1, 2):
            i = reach[k + 1] if _down(reach, k, steps) else reach[k - 1] + 1
            while i < len(a) and 0 <= i - k < len(b) and a[i] == b[i - k]:
                i += 1
            reach[k] = i
            if i >= len(a) and i - k >= len(b):
                return _path(history, k, i)
    inside = (k for k in range(-steps, steps + 1, 2) if reach[k] <= len(a) and reach[k] - k <= len(b))
    furthest = max(inside, key=lambda k: 2 * reach[k] - k)
    return _path(history, furthest, reach[furthest])


def _down(reach: dict[int, int], k: int, steps: int) -> bool:
    """Whether the best way to a diagonal leaves out an element of `b`, not one of `a`."""
    return k == -steps or (k != steps and reach[k - 1] < reach[k + 1])


def _path(history: list[dict[int, int]], k: int, i: int) -> list[tuple[int, int]]:
    """The pairs on the way to where a path ends, from the reaches before each step."""
    pairs: list[tuple[int, int]] = []
    for steps in range(len(history) - 1, -1, -1):
        reach = history[steps]
        down = _down(reach, k, steps)
        before = k + 1 if down else k - 1
        begin = reach[before] if down else reach[before] + 1
        pairs += ((x, x - k) for x in range(i - 1, begin - 1, -1))
        k, i = before, reach[before]
    return pairs[::-1]


def rising(numbers: Sequence[int]) -> set[int]:
    """The indices of a longest rising subsequence of different numbers, in n·log n steps."""
    tails: list[int] = []  # the least number that ends a rising subsequence of each length, and its index
    ends: list[int] = []
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(tails, number)
        tails[length : length + 1] = [number]
        ends[length : length + 1] = [index]
        before.append(ends[length - 1] if length else -1)
    found: set[int] = set()
    index = ends[-1] if ends else -1
    while index >= 0:
        found.add(index)
        index = before[index]
    return found
