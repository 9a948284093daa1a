"""Datum, the message that Caffe's databases hold: an image and its label. Source: caffe.proto, data_transformer.cpp."""

from __future__ import annotations

import numpy as np

from netspec.data.items import Pixels
from netspec.weights.wire import BYTES, FIXED32, VARINT, Damaged, Reader, head, number, signed

CHANNELS, HEIGHT, WIDTH, DATA, LABEL, FLOATS, ENCODED = range(1, 8)
LABEL_TAG = LABEL << 3 | VARINT


class Datums:
    """Reads one after the other. Those of a database mostly begin alike, with their size: what began as the last one is
    not taken apart again, which is ten times as fast."""

    def __init__(self) -> None:
        self._begin, self._shape, self._size = b"\0", (0, 0, 0), 0

    def read(self, data: bytes) -> tuple[Pixels | bytes, int]:
        """The image, pixels or encoded, and the label of a Datum. Raises Damaged for what is none."""
        begin, end = len(self._begin), len(self._begin) + self._size
        if len(data) == end + 2 and data.startswith(self._begin) and data[end] == LABEL_TAG and data[end + 1] < 0x80:
            return np.frombuffer(data, np.uint8, self._size, begin).reshape(self._shape), data[end + 1]
        content, label, start = read(data)
        if start and not isinstance(content, bytes) and content.dtype == np.uint8:
            self._begin, self._shape, self._size = data[:start], content.shape, content.size
        return content, label


def read(data: bytes) -> tuple[Pixels | bytes, int, int]:
    """The image and the label of a Datum, and where its bytes begin if its sizes stand before them, else 0.
    Raises Damaged for what is none."""
    numbers = {CHANNELS: 0, HEIGHT: 0, WIDTH: 0, LABEL: 0, ENCODED: 0}
    content, floats, start = memoryview(b""), bytearray(), 0
    reader = Reader(data)
    for field in reader.fields(0, len(data)):
        if field.wire == VARINT and field.number in numbers:
            numbers[field.number] = signed(field.value)
        elif field.number == DATA and field.wire == BYTES:
            content = reader.data[field.start : field.end]
            start = field.start if all(numbers[size] for size in (CHANNELS, HEIGHT, WIDTH)) else 0
        elif field.number == FLOATS and field.wire in (BYTES, FIXED32):
            floats += reader.data[field.start : field.end]
    label = numbers[LABEL]
    if numbers[ENCODED]:
        return bytes(content), label, 0
    shape = numbers[CHANNELS], numbers[HEIGHT], numbers[WIDTH]
    return _pixels(shape, content, floats), label, start


def _pixels(shape: tuple[int, int, int], content: memoryview, floats: bytearray) -> Pixels:
    """As Caffe takes them: bytes if there are any, else floats."""
    kind, data = (np.uint8, content) if len(content) else (np.dtype("<f4"), floats)
    given = len(data) / np.dtype(kind).itemsize
    channels, height, width = shape
    if min(shape) <= 0:
        raise Damaged(f"its size is {channels}×{height}×{width}")
    if channels * height * width != given:
        raise Damaged(f"its size is {channels}×{height}×{width}, but it holds {given:,.10g} values")
    return np.frombuffer(data, kind).reshape(shape)


def write(content: Pixels | bytes, label: int | None) -> bytes:
    """The Datum of an image, of bytes or floats, or of one that is encoded."""
    said = [] if label is None else [number(LABEL, label & (1 << 64) - 1)]
    if isinstance(content, bytes):
        return b"".join((head(DATA, len(content)), content, *said, number(ENCODED, 1)))
    sizes = [number(field, size) for field, size in zip((CHANNELS, HEIGHT, WIDTH), content.shape, strict=True)]
    if content.dtype == np.uint8:
        data = content.tobytes()
        return b"".join((*sizes, head(DATA, len(data)), data, *said))
    return b"".join((*sizes, *said, *_floats(content)))


def _floats(content: Pixels) -> list[bytes]:
    """One by one, as Caffe's proto has them, which does not pack them."""
    tag = bytes([FLOATS << 3 | FIXED32])
    values = content.astype("<f4").reshape(-1, 1).view(np.uint8)
    tags = np.full((len(values), 1), tag[0], np.uint8)
    return [np.concatenate([tags, values], axis=1).tobytes()]
