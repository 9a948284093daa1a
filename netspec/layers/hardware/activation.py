"""How activations are computed, in intel's and NVIDIA's forks. No field changes a result."""

from typing import ClassVar

from netspec.layers.base import Int64
from netspec.layers.caffe.activation import Dropout, ReLU
from netspec.layers.message import Engine


class ReLUEngine(ReLU):
    """Whether it runs with the layer before it."""

    edition: ClassVar = "intel"
    ignored: ClassVar = {"fuse": bool}


class DropoutEngine(Dropout):
    """Where chance begins, and the implementation."""

    edition: ClassVar = "nvidia"
    foldable: ClassVar = True
    ignored: ClassVar = {"engine": Engine, "random_seed": Int64}
