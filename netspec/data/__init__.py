"""Data as Caffe's layers read it, and as people keep it: batches for a net, one after the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from netspec.data.feed import Feed

if TYPE_CHECKING:
    from netspec.layers.transform import TransformationParameter
    from netspec.net import Net

__all__ = ["Feed", "beside", "feed"]


def feed(
    net: Net,
    data: str | Path | None = None,
    *,
    batch: int | None = None,
    seed: int | None = None,
    folder: Path = Path(),
    transform: TransformationParameter | None = None,
) -> Feed:
    """What feeds a net: its own data layers, whose sources are looked for beside the net's file and in `folder`; for
    Input layers `data`: a database of Datum, .npz, HDF5, idx files, a list or a folder of images. A net with one data
    layer, too, takes `data`, in the place of what the layer names.

    batch: items in a batch, by default as the net says. seed: what chance begins with, by default another each time.
    transform: what is done to the images of Input layers. In TRAIN the items of `data` come in another order in each
    round, but those of databases; in TEST as they stand. Raises SpecError (NS82x, and NS503 for a mean image).
    """
    from netspec.data.opening import opened

    return opened(net, data, batch, seed, folder, transform)


def beside(feed: Feed, ahead: int = 2) -> Feed:
    """The same batches, of which a thread loads `ahead` while the one before is used. The state is that of the batches
    that have been handed out."""
    from netspec.data.joined import Beside

    return Beside(feed, ahead)
