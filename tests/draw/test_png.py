"""A picture as PNG."""

from __future__ import annotations

import struct
from collections.abc import Callable

import cv2
import numpy as np
import pytest

from netspec.diagnostics import SpecError
from netspec.draw import png as module
from netspec.draw.engine import svg
from netspec.draw.graph import Graph
from netspec.draw.png import png

Drawing = Callable[[str], Graph]
SMALL = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" font-family="{2}">'
    '<rect width="{0}" height="{1}" fill="#56b4e9"/></svg>'
)


@pytest.fixture(scope="module")
def font() -> str:
    """What a picture is drawn in."""
    family = "DejaVu Sans Mono, Liberation Mono"
    try:
        png(SMALL.format(10, 10, family))
    except SpecError as error:
        pytest.skip(f"there is no font here: {error}")
    return family


def pixels(data: bytes) -> np.ndarray:
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert found is not None
    return found


def test_the_picture_has_the_colours_and_the_text_of_the_svg(drawing: Drawing, font: str) -> None:
    text = svg(drawing("lenet").seen(1), "LeNet", "")
    data = png(text)
    assert data == png(text)
    picture = pixels(data)
    assert f'width="{picture.shape[1] // 2}" height="{picture.shape[0] // 2}"' in text
    blue, green, red = (int(n) for n in picture.reshape(-1, 3).mean(axis=0))
    assert min(blue, green, red) > 200  # mostly white
    for colour in ((0xB2, 0x72, 0x00), (0xE9, 0xB4, 0x56), (0x11, 0x11, 0x11)):  # two kinds of layers, and text
        assert (np.abs(picture.astype(int) - colour).max(axis=2) < 8).sum() > 50


@pytest.mark.parametrize(("width", "zoom"), [(100, 2), (4000, 1)])
def test_what_is_large_has_fewer_pixels(monkeypatch: pytest.MonkeyPatch, font: str, width: int, zoom: int) -> None:
    monkeypatch.setattr(module, "LARGE", 100_000)
    data = png(SMALL.format(width, 100, font))
    assert struct.unpack(">II", data[16:24]) == (width * zoom, 100 * zoom)


@pytest.mark.parametrize(
    ("size", "family", "code"),
    [((100_000, 2000), "monospace", "NS418"), ((10, 10), "a font that nobody has", "NS419")],
)
def test_what_cannot_be_drawn_is_said(size: tuple[int, int], family: str, code: str) -> None:
    with pytest.raises(SpecError) as caught:
        png(SMALL.format(*size, family))
    assert [d.code for d in caught.value.diagnostics] == [code]
