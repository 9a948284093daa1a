"""Pooling by helpers, where no function of a framework sees Caffe's windows."""

from __future__ import annotations

from netspec.emit.code import Code, call
from netspec.emit.place import Place
from netspec.emit.runtime_sizes import fixed
from netspec.layers.caffe.pooling import Pooling
from netspec.layers.video.pooling import NdPooling, Pooling3D
from netspec.layers.window import Windows

TYPES: tuple[type[Pooling], ...] = (Pooling, NdPooling, Pooling3D)  # that a backend's own `pooling` is for


def counted(windows: Windows) -> tuple[list[tuple[int, int]], Windows]:
    """What is added before and behind each axis for a mean that counts it, and the windows then, of which what lies
    beyond does not count."""
    ends = fixed(windows.end)
    behind = tuple(map(min, windows.behind, ends))
    beyond = tuple(end - added for end, added in zip(ends, behind, strict=True))
    rest = windows._replace(pad=(0,) * len(ends), pad_end=None, room=beyond)
    return list(zip(windows.pad, behind, strict=True)), rest


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
