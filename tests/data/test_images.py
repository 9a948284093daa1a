"""Images as OpenCV hands them to Caffe."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from netspec.data.images import decoded, encoded, gray, resized, sizes

cv2: Any = pytest.importorskip("cv2")
RNG = np.random.default_rng(3)


def picture(channels: int, height: int = 21, width: int = 34) -> NDArray[np.uint8]:
    """H×W, or H×W×C: smooth, as photographs are."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    return cv2.GaussianBlur(RNG.integers(0, 256, shape, np.uint8), (5, 5), 0)


def first(image: NDArray[Any]) -> NDArray[Any]:
    """Channels first."""
    return image[None] if image.ndim == 2 else image.transpose(2, 0, 1)


FLAGS = {None: -1, True: 1, False: 0}


@pytest.mark.parametrize("color", FLAGS)
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp"])
def test_decoded_is_what_opencv_decodes(suffix: str, channels: int, color: bool | None) -> None:
    if channels == 4 and suffix != ".png":
        channels = 3
    data = cv2.imencode(suffix, picture(channels))[1].tobytes()
    wanted = first(cv2.imdecode(np.frombuffer(data, np.uint8), FLAGS[color]))
    found = decoded(data, color)
    assert (found.shape, found.dtype) == (wanted.shape, np.uint8)
    difference = found.astype(int) - wanted
    # Colors become gray with other rounding, but in a JPEG, which holds its brightness; all else is the same.
    assert {*difference.ravel().tolist()} <= ({-1, 0, 1} if suffix != ".jpg" and color is False else {0})
    assert sizes(data) == decoded(data, None).shape


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize(("color", "channels"), [(True, 3), (False, 1)])
def test_every_kind_of_image_has_the_channels_asked_for(mode: str, color: bool, channels: int) -> None:
    file = BytesIO()
    image = Image.new("RGB", (5, 4), (200, 100, 50)).convert("L" if mode == "LA" else mode).convert(mode)
    image.save(file, "TIFF" if mode == "CMYK" else "PNG")
    assert decoded(file.getvalue(), color).shape == (channels, 4, 5)


def test_blue_comes_first() -> None:
    file = BytesIO()
    Image.new("RGB", (1, 1), (200, 100, 50)).save(file, "PNG")
    assert decoded(file.getvalue(), True).ravel().tolist() == [50, 100, 200]


def test_16_bits() -> None:
    file = BytesIO()
    Image.fromarray(np.array([[0x1234, 0xFFFF]], np.uint16)).save(file, "PNG")
    assert decoded(file.getvalue(), False).ravel().tolist() == [0x12, 0xFF]
    with pytest.raises(ValueError, match="more than 8 bits"):
        decoded(file.getvalue(), None)


@pytest.mark.parametrize("channels", [1, 3])
def test_encoded_and_back(channels: int) -> None:
    image = np.ascontiguousarray(first(picture(channels)))
    assert np.array_equal(decoded(encoded(image), None), image)
    assert decoded(encoded(image, "JPEG"), None).shape == image.shape


def test_gray_is_opencvs() -> None:
    image = picture(3)
    difference = gray(np.ascontiguousarray(first(image)))[0].astype(int) - cv2.cvtColor(image, cv2.COLOR_BGR2GRAY)
    assert np.abs(difference).max() <= 1  # OpenCV 4 has a bit more than 2 and 3
    assert np.array_equal(gray(first(image[..., 0])), first(image[..., 0]))


SIDES = [(28, 28, 32, 32), (32, 32, 28, 28), (100, 37, 50, 81), (64, 64, 32, 32), (64, 64, 16, 16), (1, 1, 4, 4)]
SIDES += [(5, 9, 5, 20), (240, 320, 227, 227), (3, 3, 3, 3), (7, 1, 2, 6)]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width", "new_height", "new_width"), SIDES)
def test_resized_is_opencvs(height: int, width: int, new_height: int, new_width: int, channels: int) -> None:
    image = RNG.integers(0, 256, (height, width, channels), np.uint8)
    wanted = cv2.resize(image, (new_width, new_height)).reshape(new_height, new_width, channels)
    difference = np.abs(resized(first(image), new_height, new_width).astype(int) - first(wanted))
    assert difference.max(initial=0) <= 1
    assert (difference > 0).mean() < 0.02


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "it is no image"),
    "text": (b"GIF89a but not really", "it is no image"),
    "script": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n", "it is no image"),
    "cut off": (cv2.imencode(".png", picture(3, 100, 100))[1].tobytes()[:2000], "the image cannot be read"),
    "cut off JPEG": (cv2.imencode(".jpg", picture(3, 100, 100))[1].tobytes()[:1500], "the image cannot be read"),
    "huge": (b"BM" + bytes(8) + b"\x36\0\0\0\x28\0\0\0" + b"\xff\xff\0\0" * 2 + b"\1\0\x18\0" + bytes(24), "pixels"),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD.keys())
def test_what_is_no_image(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decoded(data, None)
