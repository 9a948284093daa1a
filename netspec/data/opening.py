"""Which feed a net gets: of its own data layers, or of a file that is given."""

from __future__ import annotations

from pathlib import Path

from netspec.data import npz
from netspec.data.feed import Feed
from netspec.data.fitting import batch_size, item_shape, matched, wanted
from netspec.data.order import seeded
from netspec.data.rows import Rows
from netspec.diagnostics import SpecError
from netspec.host.packages import require
from netspec.layers.base import Phase
from netspec.net import Net
from netspec.problems.data import ForeignData, UnreadableData


def opened(net: Net, data: str | Path | None, batch: int | None, seed: int | None, folder: Path) -> Feed:
    """See `netspec.data.feed`."""
    require("data", "numpy")
    if data is None:
        names = ", ".join(net.inputs)
        raise SpecError([ForeignData(f"nothing is given for the inputs of the net: {names}", help="--data FILE.npz")])
    path = Path(data)
    if path.suffix.lower() != ".npz":
        raise SpecError([UnreadableData(f"{path} is of no kind of data that netspec reads", help="take a .npz file")])
    return _of_arrays(net, path, batch, seeded(seed))


def _of_arrays(net: Net, path: Path, batch: int | None, seed: int) -> Rows:
    train, asked = net.phase is Phase.TRAIN, wanted(net)
    _, arrays = npz.columns(path)
    names = matched(path.name, [*arrays], [*asked], train)
    columns = {name: arrays[found] for name, found in names.items()}
    if len({len(array) for array in columns.values()}) > 1:
        counts = ", ".join(f"{names[name]} {len(array)}" for name, array in columns.items())
        raise SpecError([ForeignData(f"the arrays of {path.name} have not as many rows: {counts}")])
    shapes = {name: item_shape(path.name, name, array.shape[1:], asked[name]) for name, array in columns.items()}
    return Rows(columns, shapes, batch_size(net, batch), seed, shuffled=train)
