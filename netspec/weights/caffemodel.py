"""Caffe's `.caffemodel`: a binary NetParameter, in any of its three formats.

Source: caffe.proto, upgrade_proto.cpp; for raw_data NVIDIA's caffe.proto, for blobs with a length that of C3D v1.0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from math import prod
from typing import NamedTuple

import numpy as np

from netspec.diagnostics import SpecError
from netspec.problems.weights import UnreadableWeights
from netspec.shapes import show
from netspec.weights.blobs import Floats, SavedBlob, SavedLayer, Weights, floats, unreadable
from netspec.weights.wire import (
    BYTES,
    FIXED32,
    FIXED64,
    MAX_BYTES,
    VARINT,
    Damaged,
    Field,
    Reader,
    head,
    number,
    signed,
    varint,
)

AXES = 32  # that a blob may have: kMaxBlobAxes


class Format(NamedTuple):
    """The numbers of a layer's fields."""

    name: int
    blobs: int


NET_NAME, NET_LAYERS, NET_LAYER = 1, 2, 100  # V0 and V1 call a layer `layers`
NET_FIELDS = (NET_NAME, NET_LAYERS, 3, 8, NET_LAYER)  # and input, input_shape
V2, V1, V0 = Format(1, 7), Format(4, 6), Format(1, 50)
V2_TYPE = 2
V1_LAYER = 1  # the V0 layer inside
NUM, WIDTH = 1, 4  # and channels, height between
DATA, DIFF, SHAPE, DOUBLE_DATA, DOUBLE_DIFF = 5, 6, 7, 8, 9
RAW_TYPE, RAW_DATA = 10, 12  # NVIDIA's
RAW_KINDS = {0: "<f8", 1: "<f4", 2: "<f2"}  # DOUBLE, FLOAT, FLOAT16
C3D_WIDTH, C3D_DATA = 5, 6  # C3D's: num, channels, length, height, width; no shape
WIRES = {DATA: FIXED32, DOUBLE_DATA: FIXED64}  # of a number that is not packed
DIM = 1


def read(file: str, data: bytes) -> Weights:
    """Raises SpecError (NS503) for what is no model. Fields that say nothing of weights are passed over."""
    try:
        reader = Reader(data)
        fields = [f for f in reader.fields(0, len(data)) if f.wire == BYTES]
        old = [_old_layer(reader, field) for field in fields if field.number == NET_LAYERS]
        # Where there are both, Caffe drops those of the newer format.
        layers = old or [_layer(reader, field, V2) for field in fields if field.number == NET_LAYER]
    except Damaged as damage:
        ascii = data[:256].isascii() and b"\0" not in data[:256]
        unreadable(file, str(damage), "a .caffemodel is binary; this may be a spec" if ascii and data else None)
    if not layers:
        unreadable(file, "it holds no layers")
    return Weights(file, tuple(layers))


def likely(start: bytes) -> bool:
    """Whether a file that begins so may be a model: with the head of a field that a net has, and no text."""
    printable = all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in start)
    return not printable and start.startswith(tuple(varint(number << 3 | BYTES) for number in NET_FIELDS))


def read_mean(file: str, data: bytes) -> Floats:
    """The image of a `.binaryproto`, a single blob: C×H×W. Raises SpecError (NS503)."""
    try:
        values = blob(Reader(data), Field(0, BYTES, 0, len(data))).values
    except Damaged as damage:
        unreadable(file, f"it is no mean image: {damage}")
    image = values[0] if values.ndim == 4 and len(values) == 1 else values
    if image.ndim != 3:
        unreadable(file, f"it is no mean image: its shape is {show(values.shape)}")
    return image


def _old_layer(reader: Reader, field: Field) -> SavedLayer:
    inner = [f for f in reader.fields(field.start, field.end) if f.number == V1_LAYER and f.wire == BYTES]
    return _layer(reader, inner[-1], V0) if inner else _layer(reader, field, V1)


def _layer(reader: Reader, field: Field, form: Format) -> SavedLayer:
    name, blobs = "", list[SavedBlob]()
    for part in reader.fields(field.start, field.end):
        if part.wire != BYTES:
            continue
        if part.number == form.name:
            name = bytes(reader.data[part.start : part.end]).decode(errors="backslashreplace")
        elif part.number == form.blobs:
            try:
                blobs.append(blob(reader, part))
            except Damaged as damage:
                raise Damaged(f'blob {len(blobs)} of layer "{name}": {damage}') from None
    return SavedLayer(name, tuple(blobs))


def blob(reader: Reader, field: Field) -> SavedBlob:
    """What a BlobProto holds. Raises Damaged."""
    legacy, dims = dict[int, int](), list[int]()
    numbers = {kind: bytearray() for kind in WIRES}  # packed or one by one, the bytes are the same
    raw: Field | None = None
    raw_type: int | None = None
    for part in reader.fields(field.start, field.end):
        if part.wire == VARINT and NUM <= part.number <= WIDTH:
            legacy[part.number] = signed(part.value)
        elif part.wire == VARINT and part.number == C3D_WIDTH:
            return _c3d(reader, field)
        elif part.wire == VARINT and part.number == RAW_TYPE:
            raw_type = signed(part.value)
        elif part.wire == BYTES and part.number == RAW_DATA:
            raw = part
        elif part.number in numbers and part.wire in (BYTES, WIRES[part.number]):
            numbers[part.number] += reader.data[part.start : part.end]
        elif part.number == SHAPE and part.wire == BYTES:
            dims += islice(_dims(reader, part), AXES + 1)
            if len(dims) > AXES:
                raise Damaged(f"it has more than {AXES} axes")
    shape = _sizes(legacy, WIDTH) if legacy else tuple(dims)
    if numbers[DOUBLE_DATA]:
        return SavedBlob(_numbers(shape, "<f8", numbers[DOUBLE_DATA]), bool(legacy))
    if numbers[DATA] or raw is None:
        return SavedBlob(_numbers(shape, "<f4", numbers[DATA]), bool(legacy))
    if raw_type not in RAW_KINDS:
        said = "does not say its type" if raw_type is None else f"is of type {raw_type}, not double, float or half"
        raise Damaged(f"its raw_data {said}")
    return SavedBlob(floats(_numbers(shape, RAW_KINDS[raw_type], reader.data[raw.start : raw.end])), bool(legacy))


def _c3d(reader: Reader, field: Field) -> SavedBlob:
    sizes, numbers = dict[int, int](), bytearray()
    for part in reader.fields(field.start, field.end):
        if part.wire == VARINT and NUM <= part.number <= C3D_WIDTH:
            sizes[part.number] = signed(part.value)
        elif part.number == C3D_DATA and part.wire in (BYTES, FIXED32):
            numbers += reader.data[part.start : part.end]
    return SavedBlob(_numbers(_sizes(sizes, C3D_WIDTH), "<f4", numbers), legacy=True)


def _sizes(legacy: Mapping[int, int], last: int) -> tuple[int, ...]:
    """A shape as Caffe's first years have it: a field for each size, 0 where it is not there."""
    return tuple(legacy.get(i, 0) for i in range(NUM, last + 1))


def _numbers(shape: tuple[int, ...], kind: str, data: bytearray | memoryview) -> Floats:
    size = np.dtype(kind).itemsize
    # Beside a 0 other sizes take no room, however large; numpy has its own limit on them.
    if any(d < 0 for d in shape) or (0 in shape and prod(d or 1 for d in shape) > MAX_BYTES):
        raise Damaged(f"its shape is {show(shape)}")
    if len(data) != prod(shape) * size:
        raise Damaged(f"its shape is {show(shape)}, but it holds {len(data) / size:,.10g} numbers")
    return np.frombuffer(data, kind).reshape(shape)


def _dims(reader: Reader, field: Field) -> Iterator[int]:
    for part in reader.fields(field.start, field.end):
        if part.number == DIM and part.wire == VARINT:
            yield signed(part.value)
        elif part.number == DIM and part.wire == BYTES:
            at = part.start
            while at < part.end:
                dim, at = reader.varint(at, part.end)
                yield signed(dim)


def write(weights: Weights, name: str, types: Mapping[str, str]) -> bytes:
    """A model in today's format; `types` gives the types of layers where they are known. Raises SpecError (NS503)."""
    parts = [text(NET_NAME, name)] if name else []
    for layer in weights.layers:
        body = [text(V2.name, layer.name)]
        if layer.name in types:
            body.append(text(V2_TYPE, types[layer.name]))
        for saved in layer.blobs:
            if saved:
                body += message(V2.blobs, encoded(saved))
        parts += message(NET_LAYER, body)
    return joined(weights.file, parts)


def joined(file: str, parts: Sequence[bytes]) -> bytes:
    """A message of parts. Raises SpecError (NS503) where it is larger than messages may be."""
    if sum(map(len, parts)) > MAX_BYTES:
        said = f"{file} would be larger than 2 GiB as .caffemodel, which protobuf does not allow"
        raise SpecError([UnreadableWeights(said, help="write it as .safetensors")])
    return b"".join(parts)


def encoded(saved: SavedBlob, diff: Floats | None = None) -> Sequence[bytes]:
    """The parts of a BlobProto. diff: what stands beside its values, of their shape."""
    values = saved.values
    if saved.legacy:
        shape = [number(NUM + i, d) for i, d in enumerate(values.shape)]
    else:
        dims = b"".join(map(varint, values.shape))
        shape = message(SHAPE, message(DIM, [dims]) if dims else [])
    field, kind = (DOUBLE_DATA, "<f8") if values.dtype == np.float64 else (DATA, "<f4")
    if saved.legacy and values.ndim == C3D_WIDTH:
        field, kind = C3D_DATA, "<f4"
    beside = message(DOUBLE_DIFF if field == DOUBLE_DATA else DIFF, [_bytes(diff, kind)]) if diff is not None else []
    numbers = [*message(field, [_bytes(values, kind)]), *beside]
    return [*numbers, *shape] if field == DATA and not saved.legacy else [*shape, *numbers]  # as their numbers are


def _bytes(values: Floats, kind: str) -> bytes:
    return values.astype(kind, copy=False).tobytes()


def text(field: int, said: str) -> bytes:
    """A field that holds a string."""
    data = said.encode(errors="backslashreplace")
    return head(field, len(data)) + data


def message(field: int, parts: Sequence[bytes]) -> list[bytes]:
    """A field that holds a message of these parts."""
    return [head(field, sum(map(len, parts))), *parts]
