"""Layers that repeat elements: values, refusals, and that the backends agree."""

from __future__ import annotations

from typing import Any

import numpy as np

from netspec.problems.fields import EntryCount, MissingField
from netspec.problems.shapes import BadDimensions, OutOfBounds, ShapeMismatch
from tests.frameworks.cases import net
from tests.layers.tables import agrees, computes, each, in_backends, is_refused

NETS = {
    "BroadcastTo": net("BroadcastTo", "broadcast_to_param { shape: [2, 3, 5] }", "3 1"),
    "MirrorPad": net(
        "MirrorPad", 'mirror_pad_param { paddings: [1, 0, 0, 2, 2, 3] mode: "EDGE" constant_values: 3 }', "2 3 4"
    ),
    "TileND": net("TileND", "tile_nd_param { multiples: [1, 2] }", "2 3 4"),
    "UpsampleDarknet": net("UpsampleDarknet", "upsample_darknet_param { stride: 3 }", "2 3 2 4"),
}

RANDOM = np.random.default_rng(5)
X = RANDOM.normal(size=(2, 3, 4)) * 2
Y = RANDOM.normal(size=(3, 1)) + 4
MAPS = RANDOM.normal(size=(2, 3, 2, 4))


# type, fields, bottoms, problem, words of the message
REFUSED: list[tuple[Any, ...]] = [
    ("TileND", {}, ((2, 3),), MissingField, "multiples"),
    ("TileND", {"axis": (0,), "tiles": (1, 2)}, ((2, 3),), EntryCount, "1 and 2"),
    ("TileND", {"multiples": (1, 1, 2)}, ((2, 3),), EntryCount, "3 multiples for 2 axes"),
    ("BroadcastTo", {"shape": (3,)}, ((2, 3),), BadDimensions, "2×3 to 3"),
    ("BroadcastTo", {"shape": (4, 3)}, ((2, 3),), ShapeMismatch, "sizes of 1"),
    ("UpsampleDarknet", {}, ((2, 3),), BadDimensions, "has 2 axes"),
    ("MirrorPad", {"paddings": (1, 1)}, ((2, 3),), EntryCount, "2 axes and 2 paddings"),
    ("MirrorPad", {"paddings": (2, 0), "mode": "REFLECT"}, ((2,),), OutOfBounds, "too few to mirror 2"),
]
test_refused = each(REFUSED, is_refused)


# type, fields, inputs, value
VALUES: list[tuple[Any, ...]] = [
    ("TileND", "tile_nd_param { multiples: [1, 2] }", (X,), np.tile(X, (1, 2, 1))),
    ("TileND", "tile_nd_param { axis: [-1, 0] tiles: [3, 2] }", (X,), np.tile(X, (2, 1, 3))),
    ("BroadcastTo", "broadcast_to_param { shape: [2, 3, 5] }", (Y,), np.broadcast_to(Y, (2, 3, 5))),
    ("UpsampleDarknet", "upsample_darknet_param { stride: 3 }", (MAPS,), MAPS.repeat(3, 2).repeat(3, 3)),
    *(
        (
            "MirrorPad",
            f'mirror_pad_param {{ paddings: [1, 0, 0, 2, 2, 3] mode: "{mode.upper()}" constant_values: 3 }}',
            (X,),
            np.pad(X, ((1, 0), (0, 2), (2, 3)), mode, **({"constant_values": 3} if mode == "constant" else {})),  # type: ignore[call-overload]
        )
        for mode in ("reflect", "symmetric", "edge", "constant")
    ),
]
test_values = in_backends(VALUES, computes)
test_backends_agree = each(VALUES, agrees)
