"""What a layer does, in a word, and the colour of that.

The colours are Okabe and Ito's, which the colour-blind tell apart. No picture says anything by colour alone: the type
stands beside it.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from netspec.layers import FAMILY
from netspec.layers.base import Layer
from netspec.layers.data_layer import DataLayer


class Kind(NamedTuple):
    """What a legend says, and `#rrggbb`."""

    label: str
    colour: str

    @property
    def tint(self) -> str:
        """So light that text is read on it."""
        channels = (int(self.colour[i : i + 2], 16) for i in (1, 3, 5))
        return "#" + "".join(f"{round(255 - (255 - channel) * TINT):02x}" for channel in channels)


TINT = 0.22  # of the colour, on white
BLOCK, OTHER = "block", "other"
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "data": Kind("input", "#000000"),
        "convolution": Kind("convolution", "#0072b2"),
        "linear": Kind("linear, recurrent", "#cc79a7"),
        "pooling": Kind("pooling, resizing", "#56b4e9"),
        "normalization": Kind("normalization", "#f0e442"),
        "activation": Kind("activation", "#e69f00"),
        "merge": Kind("merging, splitting", "#009e73"),
        "loss": Kind("loss, judgement", "#d55e00"),
        OTHER: Kind("other", "#999999"),
        BLOCK: Kind("block", "#555555"),
    }
)
# By the file that a type stands in, whatever its room; `OTHER` for those of no such file.
_BY_FILE = {
    "convolution": "convolution",
    "linear": "linear",
    "recurrent": "linear",
    "products": "linear",
    "pooling": "pooling",
    "unpooling": "pooling",
    "regions": "pooling",
    "resize": "pooling",
    "tensorflow_resize": "pooling",
    "normalization": "normalization",
    "batch_norm": "normalization",
    "normface": "normalization",
    "activation": "activation",
    "learned": "activation",
    "stochastic": "activation",
    "spatial_dropout": "activation",
    "merge": "merge",
    "channels": "merge",
    "correlation": "merge",
    "loss": "loss",
    "accuracy": "loss",
    "field_accuracy": "loss",
    "ctc": "loss",
}
# Types that do not do what the others of their file do.
_BY_TYPE = {"Scale": "normalization", "Bias": "normalization", "Softmax": "activation", "Sub": "merge", "Div": "merge"}


def kind(layer: Layer) -> str:
    """A key of `KINDS`."""
    if isinstance(layer, DataLayer):
        return "data"
    if layer.loss or layer.is_metric:
        return "loss"
    name = layer.base_type().type_name()
    return _BY_TYPE.get(name) or _BY_FILE.get(FAMILY.get(name, "").rpartition(".")[2], OTHER)
