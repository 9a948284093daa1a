"""What may have been meant, of names that are known: the one that is spelt most alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice

# difflib takes time with the square of a name's length; both names and their number may be as large as the file.
LONGEST = 100
MOST = 2000


def did_you_mean(name: str, candidates: Iterable[str], slip: bool = False, cutoff: float = 0.6) -> str | None:
    """A question with the most similar of the candidates, or None. slip: one letter may be wrong, not more. cutoff: how
    similar it is at least, 1 for the same name."""
    return _asked(name, tuple(islice(candidates, MOST)), slip, cutoff) if len(name) <= LONGEST else None


@lru_cache(maxsize=256)  # a layer that is repeated asks the same of each copy
def _asked(name: str, candidates: tuple[str, ...], slip: bool, cutoff: float) -> str | None:
    from difflib import get_close_matches

    stems = {_stem(c): c for c in candidates if len(c) <= LONGEST}
    stem = _stem(name)
    close = get_close_matches(stem, stems, n=1, cutoff=max(0.75, 1 - 1 / max(len(stem), 1)) if slip else cutoff)
    return f"did you mean {stems[close[0]]}?" if close else None


def _stem(name: str) -> str:
    """What tells a name from others: all messages end in `_param`."""
    return name.lower().removesuffix("_param")


def one_of(names: Sequence[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)
