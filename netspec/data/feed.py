"""What feeds a net."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Batch: TypeAlias = dict[str, NDArray[np.float32]]
State: TypeAlias = dict[str, Any]  # what JSON can hold


class Feed(Protocol):
    """One batch after the other, without end: behind the last item comes the first, also within a batch."""

    @property
    def tops(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of every blob of a batch."""
        ...

    @property
    def size(self) -> int:
        """Items in one round through the data, an epoch."""
        ...

    def batch(self) -> Batch:
        """The next one: float32, in C order, a blob for each of `tops`. Raises SpecError for bad data."""
        ...

    def state(self) -> State:
        """Where it stands: the place in the data and all that chance depends on, as JSON."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from a state: the batches that come are those that came then, bit for bit. Raises SpecError (NS828)
        for the state of other data; nothing has changed then."""
        ...

    def close(self) -> None:
        """Gives files back. It feeds no more."""
        ...
