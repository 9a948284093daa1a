"""Data as Caffe's layers read it, and as people keep it: batches for a net, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netspec.data.feed import Feed

if TYPE_CHECKING:
    from netspec.net import Net

__all__ = ["Feed", "feed"]


def feed(
    net: Net,
    data: str | Path | None = None,
    *,
    batch: int | None = None,
    seed: int | None = None,
    folder: Path = Path(),
) -> Feed:
    """What feeds a net: its own data layers, whose sources are looked for beside the net's file and in `folder`, or for
    a net with Input layers `data`, a file of arrays (.npz).

    batch: items in a batch, by default as the net says. seed: what chance begins with, by default another each time. In
    TRAIN the items of `data` come in another order in each round, in TEST as they stand. Raises SpecError (NS82x).
    """
    from netspec.data.opening import opened

    return opened(net, data, batch, seed, folder)
