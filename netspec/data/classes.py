"""How many classes the layers of a net tell apart, and whether labels are among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from netspec.diagnostics import SpecError
from netspec.net import Net
from netspec.net.labels import whole_numbers
from netspec.problems.data import LabelOutOfRange

UNSAID = 1 << 62


class Classes:
    """For every input that is read as labels, how many classes there are; what layers ignore is no class, and fine."""

    def __init__(self, net: Net) -> None:
        found = whole_numbers(net, UNSAID)
        self._counts: Mapping[str, int] = {
            value.blob: count for value, count in found.items() if value.blob in net.inputs and count != UNSAID
        }
        params = [part for node in net.layers for part in (node.params, getattr(node.params, "loss_param", None))]
        ignored = {getattr(part, "ignore_label", None) for part in params} - {None}
        self._ignored = np.array(sorted(label for label in ignored if isinstance(label, int)), np.float32)

    def check(self, top: str, labels: NDArray[np.float32], place: Callable[[int], str]) -> None:
        """place: says where the i-th item of the batch stands. Raises SpecError (NS825)."""
        count = self._counts.get(top)
        if count is None:
            return
        wrong = ~((labels >= 0) & (labels < count))
        if not wrong.any():
            return
        wrong &= ~np.isin(labels, self._ignored)
        if not wrong.any():
            return
        at = tuple(np.argwhere(wrong)[0].tolist())
        message = (
            f"{place(at[0])}: the label is {labels[at]:g}, but the net tells {count} classes apart, 0 to {count - 1}"
        )
        help = "classes are counted from 0; a label that does not count is `ignore_label` of the loss"
        raise SpecError([LabelOutOfRange(message, help=help)])
