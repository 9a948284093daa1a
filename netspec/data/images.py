"""Images: decoded as OpenCV hands them to Caffe, channels first, blue before green before red.

What differs: an image that is cut off is refused, where OpenCV fills the rest with gray; a PNG in color becomes gray
rounded, which OpenCV cuts off, so that a value may be one more. Source: OpenCV's resize.cpp.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netspec.host.packages import require

FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
SUFFIXES = (".bmp", ".jpg", ".jpeg", ".png", ".ppm", ".pgm", ".tif", ".tiff", ".webp")
MOST = 1 << 26  # pixels; a few bytes could promise more than any memory holds


def decoded(data: bytes, color: bool | None) -> NDArray[np.uint8]:
    """C×H×W: three channels, one, or, for None, as many as the image has. Raises ValueError for what is no image."""
    with _opened(data) as image:
        return _channels(image, color)


def sizes(data: bytes) -> tuple[int, int, int]:
    """C×H×W of the image as it is. Raises ValueError for what is no image."""
    with _opened(data) as image:
        return len(_mode(image)), image.height, image.width


@contextmanager
def _opened(data: bytes) -> Generator[Any]:
    require("data", "numpy", "PIL")
    pillow: Any = import_module("PIL.Image")
    try:
        with pillow.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > MOST:
                raise ValueError(f"the image has {image.width}×{image.height} pixels, more than {MOST:,}")
            yield image
    except ValueError:
        raise
    except Exception as error:  # what it raises for damage is of all kinds
        reason = str(error).partition("<_io")[0].rstrip()
        raise ValueError("it is no image" if "identify" in reason else f"the image cannot be read: {reason}") from None


def encoded(pixels: NDArray[np.uint8], kind: str = "PNG") -> bytes:
    """The image as a file holds it."""
    require("data", "numpy", "PIL")
    pillow: Any = import_module("PIL.Image")
    image = pillow.fromarray(pixels[0] if len(pixels) == 1 else np.ascontiguousarray(pixels[::-1].transpose(1, 2, 0)))
    file = BytesIO()
    image.save(file, kind, **({"quality": 95} if kind == "JPEG" else {}))  # OpenCV's quality, too
    return file.getvalue()


def _channels(image: Any, color: bool | None) -> NDArray[np.uint8]:
    if image.mode.startswith(("I", "F")):  # 16 bits or more
        if color is None or image.mode == "F":
            raise ValueError(f"the image has values of more than 8 bits ({image.mode})")
        gray = (np.asarray(image) >> 8).clip(0, 255).astype(np.uint8)
        return np.repeat(gray[None], 3 if color else 1, axis=0)
    if color is False:
        image.draft("L", image.size)  # of a JPEG its brightness, which it holds as such
        return np.asarray(image.convert("L"))[None].copy()
    values = np.asarray(image.convert("RGB" if color else _mode(image)))
    if values.ndim == 2:
        return values[None].copy()
    order = (2, 1, 0, 3)[: values.shape[2]]
    return np.ascontiguousarray(values.transpose(2, 0, 1)[list(order)])


def _mode(image: Any) -> str:
    """What an image is decoded to that keeps its channels: one, three, or four."""
    return "L" if image.mode in ("1", "L") else "RGBA" if image.mode in ("LA", "RGBA", "PA") else "RGB"


def gray(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One channel of three, or of four the last of which does not count, as OpenCV's BGR2GRAY."""
    if len(pixels) < 3:
        return pixels[:1]
    blue, green, red, *_ = pixels.astype(np.int32)
    return ((1868 * blue + 9617 * green + 4899 * red + (1 << 13)) >> 14).astype(np.uint8)[None]


def resized(pixels: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """The image at another size, as OpenCV's INTER_LINEAR makes it: C×height×width. It takes the two nearest on either
    axis, also where the image becomes much smaller."""
    if pixels.shape[1:] == (height, width):
        return pixels
    if pixels.shape[1:] == (2 * height, 2 * width):  # there OpenCV takes the mean of four
        parts = pixels.reshape(len(pixels), height, 2, width, 2).astype(np.int32).sum((2, 4))
        return ((parts + 2) >> 2).astype(np.uint8)
    rows, columns = _taps(pixels.shape[1], height), _taps(pixels.shape[2], width)
    values = pixels.astype(np.int32)
    a, b = (values[:, :, places] * weights for places, weights in columns)
    across = (a + b) >> 4
    a, b = (across[:, places] * weights[:, None] >> 16 for places, weights in rows)
    return ((a + b + 2) >> 2).astype(np.uint8)


def _taps(given: int, wanted: int) -> list[tuple[NDArray[np.intp], NDArray[np.int32]]]:
    """For every place of the new axis the two of the old that it lies between, each with its weight, of 2048 in all."""
    places = ((np.arange(wanted) + 0.5) * (given / wanted) - 0.5).astype(np.float32)
    first = np.floor(places).astype(np.intp)
    part = np.where((first < 0) | (first >= given - 1), np.float32(0), places - first.astype(np.float32))
    pairs = ((first, np.float32(1) - part), (first + 1, part))
    return [(place.clip(0, given - 1), np.rint(part * np.float32(2048)).astype(np.int32)) for place, part in pairs]
