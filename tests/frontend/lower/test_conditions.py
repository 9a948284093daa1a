"""What `check` says of sizes with names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netspec.diagnostics.render import human
from netspec.diagnostics.source import Source
from netspec.frontend.load import Inputs, check_source, load_text
from tests.frontend.pieces import data, layer

SPECS = Path(__file__).parents[3] / "specs"
JOINED = data(1, 2, 8, 8) + layer("Pooling", "data", "half", "pooling_param { kernel_size: 2 stride: 2 }")
UP = "convolution_param { num_output: 2 kernel_size: 2 stride: 2 }"
JOINED += layer("Deconvolution", "half", "whole", UP) + layer("Eltwise", "data whole", "sum")
SLICED = data(4, 2, 8, 8) + layer("Slice", "data", "a b", "slice_param { axis: 0 }")
TWO = data(4, 2) + data(4, 2, name="more") + layer("Eltwise", "data more", "sum")
FIXED = data(1, 2, 8, 8) + layer("Reshape", "data", "y", "reshape_param { shape { dim: 1 dim: 2 dim: 64 } }")
TORN = SLICED + layer("Reshape", "data", "y", "reshape_param { shape { dim: 7 dim: -1 } axis: 0 num_axes: 1 }")

SAID: dict[str, tuple[str, Inputs]] = {
    "unet": ((SPECS / "unet.net").read_text("utf-8"), {"data": ("N", 1, "H", "W")}),
    "one_axis": (JOINED, {"data": ("N", 2, "H", 8)}),
    "odd": (JOINED, {"data": (1, 2, "h + 1", 8)}),
    "slice": (SLICED, {"data": ("N", 2, 8, 8)}),
    "two_names": (TWO, {"data": ("N", 2), "more": ("M", "C")}),
    "a_number": (FIXED, {"data": (1, 2, "H", 8)}),
    "seven": (TORN, {"data": ("N", 2, 8, 8)}),
    "never": (JOINED, {"data": (1, 2, "2*h + 1", 8)}),
    "product": (FIXED, {"data": (1, 2, "H", "W")}),
}


@pytest.mark.parametrize("name", SAID)
def test_golden(name: str, golden: Callable[[str, str], None]) -> None:
    text, inputs = SAID[name]
    golden(f"sizes/{name}.txt", human(check_source(Source(f"{name}.net", text), "TEST", inputs=inputs)))


def test_the_unet_in_a_sentence() -> None:
    text, inputs = SAID["unet"]
    messages = [d.message for d in check_source(Source("unet.net", text), inputs=inputs)]
    assert messages == ['"conv4_2" and "upconv6" agree only when H and W are multiples of 16']


SILENT: list[tuple[str, Inputs]] = [
    (SAID["unet"][0], {"data": ("N", 1, "16*h", "16*w")}),
    (SAID["unet"][0], {"data": ("N", 1, "32*h", 256)}),
    (JOINED, {"data": ("N", "C - C + 2", "2*H", "2*H + 4")}),
    (SLICED, {"data": ("2*N", 2, "H", "W")}),
    (TWO, {"data": ("N", "C"), "more": ("N", "C")}),
]


@pytest.mark.parametrize(("text", "inputs"), SILENT)
def test_silent(text: str, inputs: Inputs) -> None:
    assert check_source(Source("silent.net", text), inputs=inputs) == []
    assert load_text(text, inputs=inputs).symbols is not None


def test_a_net_of_numbers_has_no_names() -> None:
    assert load_text(JOINED).symbols is None
