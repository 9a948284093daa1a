"""What BVLC's Caffe refuses of a layer and a fork takes, though neither type nor field says that it is for the fork.

It is asked of every layer of every net: nothing is imported for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from netspec.layers.base import CallSite, Layer

SPATIAL = 2  # how many axes BVLC's Pooling slides along
OF_CAFFE = {"Eltwise": ("PROD", "SUM", "MAX"), "Pooling": ("MAX", "AVE", "STOCHASTIC")}


def accepted(layer: Layer, site: CallSite) -> str:
    """In words that name the fork; "" for nothing. A layer that shows a field of a fork is that fork's anyway."""
    rule = _RULES.get(layer.type_name())
    return rule(layer, site) if rule and layer.unextended is None else ""


def _pooling(layer: Any, site: CallSite) -> str:
    axes = len(site.bottoms[0]) - 2 if site.bottoms else SPATIAL
    if axes != SPATIAL:
        return (
            f"BVLC's Pooling takes N×C×H×W; gnina's and NVIDIA's take {axes} spatial {'axis' if axes == 1 else 'axes'}"
        )
    return _word("Pooling", layer.pool.name)


def _eltwise(layer: Any, site: CallSite) -> str:
    return _word("Eltwise", layer.operation.name)


def _word(type_name: str, word: str) -> str:
    """Of a value that Caffe's enum has not."""
    return "" if word in OF_CAFFE[type_name] else f"BVLC's {type_name} has no {word}; Synopsys' has"


def _dummy_data(layer: Any, site: CallSite) -> str:
    return "BVLC's DummyData has no bottom; FlowNet 2.0's takes its shape from one" if site.bottoms else ""


_RULES: Mapping[str, Callable[[Any, CallSite], str]] = {
    "DummyData": _dummy_data,
    "Eltwise": _eltwise,
    "Pooling": _pooling,
}
