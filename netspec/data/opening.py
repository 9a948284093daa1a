"""Which feed a net gets: of its own data layers, or of what is given in their place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netspec.data import databases, hdf5, lists
from netspec.data.classes import Classes
from netspec.data.feed import Feed
from netspec.data.fitting import batch_size, channels_last, item_shape, matched
from netspec.data.items import Source
from netspec.data.joined import Together
from netspec.data.kinds import ARRAYS, Kind, columns, recognised, source
from netspec.data.order import SKIP, FileOrder, Order, generator, seeded
from netspec.data.pictures import Pictures, View
from netspec.data.places import Places
from netspec.data.rows import ChannelsLast, Column, Rows
from netspec.data.transform import Transform
from netspec.diagnostics import SpecError, labels
from netspec.host.packages import require
from netspec.layers.base import Layer, Phase, Refusal
from netspec.layers.caffe.data import Data, HDF5Data, ImageData, LabeledImages, MemoryData
from netspec.layers.caffe.input import Input
from netspec.layers.data_layer import DataLayer
from netspec.layers.transform import TransformationParameter
from netspec.net import Net, Node
from netspec.problems.data import ForeignData, UnfedLayer, UnreadableData
from netspec.shapes import Shape, integers
from netspec.weights.files import load_mean

PLAIN = TransformationParameter.model_construct()
PLAIN_FIELDS = tuple(TransformationParameter.model_fields)
GIVEN = (Input, MemoryData)  # layers that a program gives data to
# Fields of forks that change what a layer reads.
FORKS = ("side", "new_dim", "short_side", "label_cut_start", "label_dim")


class Asked(NamedTuple):
    """What a feed is asked for: the net, items in a batch, the seed, where data is looked for."""

    net: Net
    batch: int | None
    seed: int
    folder: Path
    transform: TransformationParameter
    classes: Classes

    @property
    def train(self) -> bool:
        return self.net.phase is Phase.TRAIN

    def places(self, node: Node) -> Places:
        return Places(node.origin.source.folder, (self.folder, Path()))

    def of(self, params: DataLayer) -> int:
        """Items in a batch of a layer."""
        said = self.batch or getattr(params, "batch_size", 0)
        if not said:
            raise SpecError([UnfedLayer("batch_size is not given", help="say it in the layer, or as --batch")])
        return said


def opened(
    net: Net,
    data: str | Path | None,
    batch: int | None,
    seed: int | None,
    folder: Path,
    transform: TransformationParameter | None,
) -> Feed:
    """See `netspec.data.feed`."""
    require("data", "numpy")
    if batch is not None and batch < 1:
        raise SpecError([UnfedLayer(f"a batch has at least one item, not {batch}")])
    asked = Asked(net, batch, seeded(seed), folder, transform or PLAIN, Classes(net))
    nodes = [node for node in net.layers if isinstance(node.params, DataLayer)]
    given = [top for node in nodes if isinstance(node.params, GIVEN) for top in node.tops]
    own = [node for node in nodes if not isinstance(node.params, GIVEN)]
    path = Path(data) if data is not None else None
    if not nodes:
        raise SpecError([UnfedLayer("the net has no inputs: nothing can be fed to it")])
    if given and path is None:
        names = ", ".join(f'"{name}"' for name in given)
        help = "--data FILE: a database, .npz, HDF5, idx, a list or a folder of images"
        raise SpecError([ForeignData(f"nothing is given for what the net reads: {names}", help=help)])
    if path is not None and not given and len(own) > 1:
        names = ", ".join(f'"{node.name}"' for node in own)
        raise SpecError([ForeignData(f"the net has several data layers, {names}; data that is given is for one")])
    feeds = list[Feed]()
    try:
        if given and path is not None:
            feeds.append(_for_inputs(asked, path, given))
        for node in own:
            feeds.append(_of_layer(asked, node, len(feeds), None if given else path))
    except BaseException:
        for feed in feeds:
            feed.close()
        raise
    return feeds[0] if len(feeds) == 1 else Together(feeds)


# Inputs of the net.


def _for_inputs(asked: Asked, path: Path, names: Sequence[str]) -> Feed:
    kind = recognised(path, asked.train)
    shapes = {name: asked.net.blobs.get(name) for name in names}
    if kind.name in ARRAYS:
        return _rows(asked, kind, shapes)
    if len(shapes) > 2:
        listed = ", ".join(shapes)
        raise SpecError([ForeignData(f"{path.name} has images and labels, but the net reads {listed}")])
    (first, image), *_ = shapes.items()
    sides = integers(image[2:]) if image and len(image) == 4 else None
    channels = image[1] if image and len(image) == 4 else None
    color = {1: False, 3: True}.get(channels) if isinstance(channels, int) else None
    resizes = sides is not None and kind.name.startswith("image") and not asked.transform.crop_size
    view = View(_transform(asked, asked.transform, None), color, (sides[0], sides[1]) if resizes and sides else None)
    found = source(kind, (asked.folder,), asked.seed, asked.train)
    feed = Pictures(found, view, names, batch_size(asked.net, asked.batch), asked.classes, asked.seed)
    item_shape(path.name, first, feed.tops[first][1:], image)
    return feed


def _rows(asked: Asked, kind: Kind, shapes: Mapping[str, Shape | None]) -> Rows:
    arrays = columns(kind, (asked.folder,))
    names = matched(kind.path.name, [*arrays], [*shapes], asked.train)
    found = {name: arrays[array] for name, array in names.items()}
    if len({len(column) for column in found.values()}) > 1:
        counts = ", ".join(f"{names[name]} {len(column)}" for name, column in found.items())
        raise SpecError([ForeignData(f"the arrays of {kind.path.name} have not as many rows: {counts}")])
    first, transform = next(iter(shapes)), None
    if channels_last(found[first].shape[1:], shapes[first]):
        found[first] = ChannelsLast(found[first])
    rows: dict[str, tuple[int, ...]] = {}
    for name, column in found.items():
        given = tuple(int(size) for size in column.shape[1:])
        if name == first and asked.transform != PLAIN:
            transform = _transform(asked, asked.transform, None)
            rows[name] = (*(1,) * (3 - len(given)), *given)
            item_shape(kind.path.name, name, transform.shape(rows[name], kind.path.name), shapes[name])
        else:
            rows[name] = item_shape(kind.path.name, name, given, shapes[name])
    batch, order = batch_size(asked.net, asked.batch), _order([*found.values()], asked.seed, asked.train)
    return Rows(kind.path.name, found, rows, batch, order, asked.classes, transform)


def _order(found: Sequence[Column], seed: int, shuffled: bool) -> Order:
    column = found[0]
    if isinstance(column, hdf5.Column):
        return FileOrder([table.size for table in column.tables], seed, shuffled)
    return Order(len(column), seed, shuffled)


# Layers that read.


def _of_layer(asked: Asked, node: Node, number: int, given: Path | None) -> Feed:
    params = node.params
    type_, of_forks = params.base_type(), _of_forks(params)
    if type_ not in LAYERS or of_forks:
        reason = f"{node.type} with {of_forks}" if type_ in LAYERS else node.type
        message = f'layer "{node.name}": netspec reads no data for {reason}'
        raise SpecError([UnfedLayer(message, node.origin.labels(""), help="it reads for Data, ImageData and HDF5Data")])
    try:
        return LAYERS[type_](asked, node, number, given)
    except Refusal as refusal:
        raise SpecError([UnfedLayer(refusal.message, node.origin.labels(""))]) from None


def _of_forks(params: Layer) -> str:
    """Fields of forks, which change what is read; "" where there are none."""
    said = [name for name in FORKS if params.has(name) and getattr(params, name)]
    transform = getattr(params, "transform_param", None)
    if transform is not None and type(transform) is not TransformationParameter:
        said += [f"transform_param.{name}" for name in sorted(transform.model_fields_set - {*PLAIN_FIELDS})]
    return ", ".join(said)


def _data(asked: Asked, node: Node, number: int, given: Path | None) -> Feed:
    params = node.params
    assert isinstance(params, Data)
    if given is None:
        path = asked.places(node).of_field(node, "data_param", "source", params.source)
        name = databases.kind(path)
        if name is None:
            places = labels(node.origin.source, node.origin.span("data_param", "source"))
            raise SpecError([UnreadableData(f'"{params.source}" is no LMDB and no LevelDB', places)])
        found: Source = databases.Database(path, name)
    else:
        found = source(recognised(given, asked.train), (asked.folder,), asked.seed, asked.train)
    return _pictures(asked, node, number, found, True if params.force_encoded_color else None)


def _image_data(asked: Asked, node: Node, number: int, given: Path | None) -> Feed:
    params = node.params
    assert isinstance(params, ImageData)
    if given is None:
        places = asked.places(node)
        path = places.of_field(node, "image_data_param", "source", params.source)
        roots = (path.parent, *places.roots)
        if params.root_folder:
            roots = (places.of_field(node, "image_data_param", "root_folder", params.root_folder),)
        listed, root = lists.listed(path, roots)
        found: Source = lists.Images(path.name, listed, root, asked.seed, params.shuffle)
    else:
        found = source(recognised(given, asked.train), (asked.folder,), asked.seed, params.shuffle)
    skip = int(generator(asked.seed, SKIP, number).integers(params.rand_skip)) if params.rand_skip else 0
    size = (params.new_height, params.new_width) if params.new_height else None
    return _pictures(asked, node, number, found, params.is_color, size, skip)


def _pictures(
    asked: Asked,
    node: Node,
    number: int,
    found: Source,
    color: bool | None,
    size: tuple[int, int] | None = None,
    skip: int = 0,
) -> Pictures:
    params = node.params
    assert isinstance(params, LabeledImages)
    transform = _transform(asked, params.transform_param, node)
    view = View(transform, transform.color if color is None else color, size)
    return Pictures(found, view, node.tops, asked.of(params), asked.classes, asked.seed, number, skip)


def _hdf5_data(asked: Asked, node: Node, number: int, given: Path | None) -> Feed:
    params = node.params
    assert isinstance(params, HDF5Data)
    places = asked.places(node)
    path = given or places.of_field(node, "hdf5_data_param", "source", params.source)
    kind = recognised(path, asked.train)
    if given is None and kind.name != "HDF5":  # whatever the files in it are called
        kind = Kind("HDF5 list", path)
    if kind.name not in ARRAYS:
        raise SpecError([ForeignData(f"{path.name} has no arrays for HDF5Data: it is {kind.name}")])
    arrays = columns(kind, places.roots, node.tops)
    found = {top: arrays[array] for top, array in matched(path.name, [*arrays], node.tops, asked.train).items()}
    shapes = {top: tuple(int(size) for size in column.shape[1:]) for top, column in found.items()}
    order = _order([*found.values()], asked.seed, params.shuffle)
    return Rows(path.name, found, shapes, asked.of(params), order, asked.classes, number=number)


def _transform(asked: Asked, params: TransformationParameter, node: Node | None) -> Transform:
    """What is done to images. The mean image is where a layer says it, or, where somebody has given it, there."""
    params.check()
    mean = None
    if params.mean_file:
        given = node is None
        path = Path(params.mean_file) if given else None
        if node is not None:
            path = asked.places(node).of_field(node, "transform_param", "mean_file", params.mean_file)
        assert path is not None
        mean = load_mean(path).astype(np.float32)
    return Transform(params, asked.train, mean)


LAYERS: Mapping[type[Layer], Callable[[Asked, Node, int, Path | None], Feed]] = {
    Data: _data,
    ImageData: _image_data,
    HDF5Data: _hdf5_data,
}
