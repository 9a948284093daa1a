"""How an InnerProduct is computed, in intel's fork."""

from typing import ClassVar

from netspec.layers.caffe.linear import InnerProduct
from netspec.layers.message import Engine


class InnerProductEngine(InnerProduct):
    """The implementation."""

    edition: ClassVar = "intel"
    foldable: ClassVar = True
    ignored: ClassVar = {"engine": Engine}
