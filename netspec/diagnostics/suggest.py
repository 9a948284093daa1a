"""What may have been meant, of names that are known: the one that is spelt most alike."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

# difflib takes time with the square of a name's length; both names and their number may be as large as the file.
LONGEST = 100
MOST = 2000
SHORTEST, LONG = 3, 8  # letters of a name that may be misspelt, and of one that may be so twice


def did_you_mean(name: str, candidates: Iterable[str], slip: bool = False, cutoff: float = 0.6) -> str | None:
    """A question with the most similar of the candidates, or None. slip: one letter may be wrong, not more. cutoff: how
    similar it is at least, 1 for the same name."""
    return _asked(name, tuple(islice(candidates, MOST)), slip, cutoff) if len(name) <= LONGEST else None


@lru_cache(maxsize=256)  # a layer that is repeated asks the same of each copy
def _asked(name: str, candidates: tuple[str, ...], slip: bool, cutoff: float) -> str | None:
    known, stem = _known(candidates), _stem(name)
    if slip:
        cutoff = max(0.75, 1 - 1 / max(len(stem), 1))
    close = stem if stem in known.names else _closest(stem, known, cutoff) if cutoff < 1 else None
    return None if close is None else f"did you mean {known.names[close]}?"


def sure(name: str, candidates: Iterable[str]) -> str | None:
    """The one candidate of which a name is a misspelling: in other letters' case, with one slip, or with two in a long
    name. A slip is a letter too much, too few, wrong, or in its neighbour's place. None where others are as near, or
    digits differ: `conv3` is no slip for `conv2`."""
    return _sure(name, tuple(islice(candidates, MOST))) if SHORTEST <= len(name) <= LONGEST else None


@lru_cache(maxsize=256)
def _sure(name: str, candidates: tuple[str, ...]) -> str | None:
    most = 2 if len(name) >= LONG else 1
    low, bits = name.lower(), _letters(name.lower())
    digits = [letter for letter in name if letter.isdigit()]
    best, found = most + 1, list[str]()
    for other in dict.fromkeys(candidates):
        there = other.lower()
        if abs(len(other) - len(name)) > most or (bits ^ _letters(there)).bit_count() > 2 * most:
            continue
        if [letter for letter in other if letter.isdigit()] == digits and (away := _slips(low, there)) <= best:
            found = [*found, other] if away == best else [other]
            best = away
    return found[0] if len(found) == 1 and best <= most and found[0] != name else None


def _slips(a: str, b: str) -> int:
    """How many slips lead from one to the other (optimal string alignment)."""
    before, row = list[int](), list(range(len(b) + 1))
    for i, x in enumerate(a):
        older, before, row = before, row, [i + 1]
        for j, y in enumerate(b):
            row.append(min(before[j] + (x != y), before[j + 1] + 1, row[j] + 1))
            if i and j and x == b[j - 1] and y == a[i - 1]:
                row[-1] = min(row[-1], older[j - 1] + 1)
    return row[-1]


class _Known(NamedTuple):
    """Candidates by stem, and the stems by length with the letters of each."""

    names: dict[str, str]
    lengths: dict[int, list[tuple[str, int]]]


@lru_cache(maxsize=16)
def _known(candidates: tuple[str, ...]) -> _Known:
    names = {_stem(c): c for c in candidates if len(c) <= LONGEST}
    lengths: dict[int, list[tuple[str, int]]] = {}
    for stem in names:
        lengths.setdefault(len(stem), []).append((stem, _letters(stem)))
    return _Known(names, lengths)


def _closest(stem: str, known: _Known, cutoff: float) -> str | None:
    """As `difflib.get_close_matches` finds it, which would look closely at all that are about as long. Here those come
    first that may be most alike by the letters that they have in common, and what cannot be more so is left."""
    from difflib import SequenceMatcher

    length, letters = len(stem), _letters(stem)
    likely: list[tuple[float, str]] = []
    for theirs, others in known.lengths.items():
        least = cutoff * (length + theirs) / 2 - 1e-9  # letters that they have in common, of those of either
        if min(length, theirs) >= least:
            likely += [
                ((length - away) / (length + theirs), other)
                for other, bits in others
                if length - (away := (letters & ~bits).bit_count()) >= least
                and theirs - (bits & ~letters).bit_count() >= least
            ]
    matcher = SequenceMatcher(b=stem)
    best: tuple[float, str] = (cutoff, "")
    for half, other in sorted(likely, reverse=True):
        if 2 * half < best[0]:
            break
        matcher.set_seq1(other)
        if matcher.quick_ratio() >= best[0]:
            best = max(best, (matcher.ratio(), other))
    return best[1] or None


def _letters(text: str) -> int:
    """A bit for each letter, some of which share one."""
    bits = 0
    for letter in text:
        bits |= 1 << (ord(letter) & 63)
    return bits


def _stem(name: str) -> str:
    """What tells a name from others: all messages end in `_param`."""
    return name.lower().removesuffix("_param")


def one_of(names: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
