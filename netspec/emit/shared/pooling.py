"""Pooling by helpers, where no function of a framework sees Caffe's windows."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Place
from netspec.emit.runtime_sizes import fixed
from netspec.layers.window import Windows


def windowed(helper: str, x: Code, windows: Windows, place: Place) -> Code:
    row = place.spelling.row
    return call(
        place.helper(helper),
        x,
        kernel_size=row(fixed(windows.kernel)),
        stride=row(windows.stride),
        padding=row(windows.pad),
        ends=row(fixed(windows.end)),
    )
