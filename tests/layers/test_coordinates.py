"""Where the elements of a top lie on the plane of the first bottom, by the fields of a layer."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from netspec.layers.coordinates import Along, placed
from tests.layers.one_layer import make

ONE = {"num_output": 1}
# type, fields, what a step down counts in the top, and where its beginning lies; None: not said
PLACED: list[tuple[str, dict[str, Any], tuple[Fraction, Fraction] | None]] = [
    ("ReLU", {}, (Fraction(1), Fraction(0))),
    ("Eltwise", {}, (Fraction(1), Fraction(0))),
    ("Convolution", ONE | {"kernel_size": (3,)}, (Fraction(1), Fraction(-1))),
    ("Convolution", ONE | {"kernel_size": (3,), "stride": (2,), "pad": (1,)}, (Fraction(1, 2), Fraction(0))),
    ("Convolution", ONE | {"kernel_size": (3,), "dilation": (2,)}, (Fraction(1), Fraction(-2))),
    ("Convolution", ONE | {"kernel_size": (3,), "hole": (3,)}, (Fraction(1), Fraction(-3))),
    ("Convolution", ONE | {"kernel_h": 5, "kernel_w": 1, "pad_h": 1}, (Fraction(1), Fraction(-1))),
    ("Convolution", ONE | {"kernel_size": (3,), "pad_t": 1}, None),
    ("Convolution", ONE, None),
    ("Deconvolution", ONE | {"kernel_size": (4,), "stride": (2,)}, (Fraction(2), Fraction(3, 2))),
    ("Pooling", {"kernel_size": (2,), "stride": (2,)}, (Fraction(1, 2), Fraction(-1, 4))),
    ("Pooling", {"global_pooling": True}, None),
    ("Crop", {"offset": (3,)}, (Fraction(1), Fraction(-3))),
    ("Crop", {"offset": (2, 3)}, (Fraction(1), Fraction(-2))),
    ("Crop", {"axis": 1, "offset": (1, 2, 3)}, (Fraction(1), Fraction(-2))),
    ("Crop", {}, (Fraction(1), Fraction(0))),
    ("Permute", {"order": (0, 1, 3, 2)}, None),
    ("InnerProduct", ONE, None),
]


@pytest.mark.parametrize(("type_name", "fields", "wanted"), PLACED)
def test_placed(type_name: str, fields: dict[str, Any], wanted: tuple[Fraction, Fraction] | None) -> None:
    found = placed(make(type_name, **fields))
    assert (tuple(found[0]) if found else None) == wanted


def test_maps_are_composed_and_inverted() -> None:
    halved, moved = Along(Fraction(1, 2), Fraction(-1, 4)), Along(shift=Fraction(3))
    assert moved.after(halved) == (Fraction(1, 2), Fraction(11, 4))
    assert halved.after(moved) == (Fraction(1, 2), Fraction(5, 4))
    assert halved.inverse.after(halved) == halved.after(halved.inverse) == Along()
    assert Along(Fraction(1, 2**65)).large and not halved.large
