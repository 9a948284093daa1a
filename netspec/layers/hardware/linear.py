"""How an InnerProduct is computed, in intel's fork."""

from __future__ import annotations

from typing import ClassVar

from netspec.layers.base import Engine
from netspec.layers.caffe.linear import InnerProduct


class InnerProductEngine(InnerProduct):
    """The implementation."""

    edition: ClassVar = "intel"
    ignored: ClassVar = {"engine": Engine}
